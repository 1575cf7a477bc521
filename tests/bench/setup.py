# SPDX-License-Identifier: MIT
"""What must be there before anything is measured: the peers' packages, and Homeward in Release."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
TARGETS = ("homeward-server", "homeward", "homeward-relay", "homeward-mux", "bench-regload", "bench-relayload", "bench-muxload",
           "bench-turncarry", "bench-mkcrowd", "lab-stream", "lab-delay", "lab-flood")
POLICY = "/usr/sbin/policy-rc.d"


def package_list(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as f:
        lines = [line.split("#")[0].strip() for line in f]
    return [line for line in lines if line]


def missing(packages):
    def installed(name):
        done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", name],
                              capture_output=True, text=True)
        return done.returncode == 0 and done.stdout == "installed"
    return [p for p in packages if not installed(p)]


def apt_get(*argv):
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run(["apt-get", "-q", *argv], check=True, env=env, timeout=900)


def install(packages):
    """Install what is missing, without starting the daemons that come with it."""
    wanted = missing(packages)
    if not wanted:
        return
    ours = not os.path.exists(POLICY)
    if ours:
        with open(POLICY, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nexit 101\n")
        os.chmod(POLICY, 0o755)
    try:
        apt_get("update")
        apt_get("install", "-y", "--no-install-recommends", *wanted)
    finally:
        if ours:
            os.unlink(POLICY)


def install_peers():
    install(package_list(os.path.join(HERE, "packages.txt")))


def build(folder):
    """Homeward and the load generator, Release, into `folder`; returns the folder of the programs."""
    install(package_list(os.path.join(CHECKOUT, "packages.txt")))
    cmake = ["cmake", "-S", CHECKOUT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DHOMEWARD_TESTS=ON"]
    subprocess.run(cmake, check=True, stdout=subprocess.DEVNULL, timeout=300)
    subprocess.run(["cmake", "--build", folder, "-j", str(os.cpu_count()), "--target", *TARGETS],
                   check=True, stdout=subprocess.DEVNULL, timeout=1800)
    return os.path.join(folder, "bin")
