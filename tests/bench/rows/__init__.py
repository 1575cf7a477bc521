# SPDX-License-Identifier: MIT
"""What is measured: one module a row or a family of rows. Each has run(job) and adds to job.results."""
