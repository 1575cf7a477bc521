# SPDX-License-Identifier: MIT
"""A build of the unit and sim tests in which single objects are replaced.

The tree is built once, by CMake and ninja. A mutant is compiled with its object's own command, and put before the
archives in a test program's own link command, so that the linker never takes the original out of its archive.

There are two trees. The checked one has the sanitizers and counts which lines each test runs, so that only those
tests run that reach a mutant. The plain one is quick; a mutant goes through it first.
"""
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading

SURE = ["-Werror=incompatible-pointer-types", "-Werror=int-conversion", "-Werror=discarded-qualifiers",
        "-Werror=implicit-function-declaration", "-Werror=div-by-zero"]
CHECKED = ["-DHOMEWARD_SANITIZE=ON", "-DCMAKE_C_FLAGS_DEBUG=--coverage"]
PLAIN = ["-DCMAKE_C_FLAGS_DEBUG=-O2"]  # so that a mutant which changes nothing has the original's object code
MEMORY = 2 << 30
WALL_S = 90


class Broken(Exception):
    """The tree does not build, or its tests fail without any mutant."""


class Test:
    def __init__(self, name, command, cwd, link):
        self.name, self.command, self.cwd, self.link = name, command, cwd, link
        self.objects = []  # of libraries, linked into it
        self.lines = {}    # run by it: {file: [line]}
        self.cpu_s = 0.0   # with the sanitizers

    def is_judged_twice(self):
        """Sockets and other processes can fail by themselves."""
        return not re.match(r"(unit\.(base|proto|core)\.|sim\.)", self.name)


def run(command, cwd, cpu_s, checked, coverage=None):
    """(whether it succeeded, processor seconds). Kills what it leaves behind."""
    env = dict(os.environ, ASAN_OPTIONS=f"hard_rss_limit_mb={MEMORY >> 20}:allocator_may_return_null=0",
               GCOV_PREFIX=coverage or "/dev/null")
    limits = ["prlimit", "--core=0", f"--cpu={cpu_s}", "--fsize=1073741824"]
    limits += [] if checked else [f"--as={MEMORY}"]
    p = subprocess.Popen(limits + command, cwd=cwd, env=env, start_new_session=True, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    timer = threading.Timer(WALL_S, os.killpg, (p.pid, signal.SIGKILL))
    timer.start()
    _, status, usage = os.wait4(p.pid, 0)
    timer.cancel()
    p.returncode = os.waitstatus_to_exitcode(status)
    try:
        os.killpg(p.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return status == 0, usage.ru_utime + usage.ru_stime


class Tree:
    """Of PLAIN or CHECKED; a plain one takes what was measured in the checked one."""

    def __init__(self, sources, folder, checked, jobs, pattern):
        self.sources, self.folder, self.checked, self.jobs = sources, folder, checked is None, jobs
        self.pattern = re.compile(pattern)
        self.originals, self.texts, self.lock = {}, {}, threading.Lock()
        self.build()
        self.read_commands()
        self.read_tests()
        self.read_headers()
        if checked:
            measured = {t.name: t for t in checked.tests}
            for t in self.tests:
                m = measured[t.name]
                t.objects, t.lines, t.cpu_s = m.objects, m.lines, m.cpu_s
            self.code_lines = checked.code_lines
        else:
            self.code_lines = {}  # that have code: {file: [line]}
            self.measure_all()

    def output(self, *command):
        p = subprocess.run(command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
        if p.returncode:
            raise Broken(f"{' '.join(command[:4])} ... failed:\n{p.stdout[-3000:]}")
        return p.stdout

    def build(self):
        os.makedirs(self.folder, exist_ok=True)
        self.output("cmake", "-G", "Ninja", "-S", self.sources, "-B", self.folder, "-DCMAKE_BUILD_TYPE=Debug",
                    "-DHOMEWARD_TESTS=ON", "-DCMAKE_C_COMPILER_LAUNCHER=", *(CHECKED if self.checked else PLAIN))
        targets = self.output("ninja", "-t", "targets", "all")
        programs = re.findall(r"^bin/tests/((?:unit\.|sim_).*?): ", targets, re.M)
        programs = [f"bin/tests/{p}" for p in programs if self.pattern.search(p)]
        if not programs:
            raise Broken("no such tests")
        self.output("ninja", f"-j{self.jobs}", *programs)

    def read_commands(self):
        """How each object is compiled, and which objects a source has."""
        with open(os.path.join(self.folder, "compile_commands.json"), encoding="utf-8") as f:
            entries = json.load(f)
        self.compile, self.objects_of = {}, {}
        for e in entries:
            argv = shlex.split(e["command"])
            obj = argv[argv.index("-o") + 1]
            self.compile[obj] = [a for a in argv if not a.startswith("-W") and
                                 a not in ("-g", "-c", "-o", "--coverage", obj)][:-1]
            self.objects_of.setdefault(os.path.relpath(e["file"], self.sources), []).append(obj)
        self.source_of = {obj: src for src, objs in self.objects_of.items() for obj in objs}

    def read_tests(self):
        self.tests = []
        for listed in json.loads(self.output("ctest", "--show-only=json-v1", "-L", "^(unit|sim)$"))["tests"]:
            command, properties = listed.get("command"), {p["name"]: p["value"] for p in listed["properties"]}
            if not command or not self.pattern.search(os.path.basename(command[0])):
                continue
            program = os.path.relpath(command[0], self.folder)
            link = self.output("ninja", "-t", "commands", "-s", program)
            argv = [a for a in shlex.split(link) if a not in (":", "&&", "-g")]
            at = argv.index("-o")
            del argv[at:at + 2]
            if shutil.which("ld.lld"):
                argv.append("-fuse-ld=lld")
            self.tests.append(Test(listed["name"], command, properties.get("WORKING_DIRECTORY", self.folder), argv))

    def read_headers(self):
        """The objects that include a file (a test may include the source that it tests)."""
        self.including, obj = {}, None
        for line in self.output("ninja", "-t", "deps").splitlines():
            if line and not line.startswith(" "):
                obj = line.split(":")[0]
            elif line:
                path = os.path.relpath(os.path.join(self.folder, line.strip()), self.sources)
                if not path.startswith("..") and path != self.source_of.get(obj):
                    self.including.setdefault(path, []).append(obj)

    def using(self, mutant):
        """The objects that a mutant of a header can change: all that include it, or, of a constant that no header
        uses, those whose source has its name."""
        including = self.including.get(mutant.path, [])
        name = re.compile(rf"\b{mutant.defines}\b")
        in_headers = sum(len(name.findall(self.text(f))) for f in self.including)
        if not mutant.defines or in_headers != 1:
            return including
        return [o for o in including if name.search(self.text(self.source_of[o]))]

    def text(self, path):
        if path not in self.texts:
            with open(os.path.join(self.sources, path), encoding="utf-8") as f:
                self.texts[path] = f.read()
        return self.texts[path]

    def measure_all(self):
        """What each test links and runs, and how long it takes; kept for the next time."""
        notes = os.path.join(self.folder, "measured.json")
        known = {}
        if os.path.exists(notes):
            with open(notes, encoding="utf-8") as f:
                known = json.load(f)
        self.code_lines = known.pop("code", {})
        for test in self.tests:
            with open(test.command[0], "rb") as f:
                program = hashlib.sha256(f.read()).hexdigest()
            if program not in known:
                self.measure(test)
                known[program] = [test.objects, test.lines, test.cpu_s]
            test.objects, test.lines, test.cpu_s = known[program]
        with open(notes, "w", encoding="utf-8") as f:
            json.dump({**known, "code": self.code_lines}, f)

    def measure(self, test):
        with tempfile.TemporaryDirectory(dir=self.folder) as d:
            traced = self.output(*test.link, "-Wl,--trace", "-o", os.path.join(d, "test"))
        members = re.findall(r"(\S+\.a)\((\S+)\)", traced) + re.findall(r"^\((\S+\.a)\)(\S+)", traced, re.M)
        for archive, member in members:
            folder, library = os.path.split(archive)
            prefix = os.path.join(folder, "CMakeFiles", library[3:-2] + ".dir") + os.sep
            test.objects += [o for o in self.compile if o.startswith(prefix) and os.path.basename(o) == member]
        for _ in range(3):
            self.forget_coverage()
            passed, test.cpu_s = run(test.command, test.cwd, 600, True, "/")
            if passed:
                break
        else:
            raise Broken(f"{test.name} fails without any mutant")
        self.read_coverage(test)

    def coverage(self):
        return [os.path.join(top, n) for top, _, names in os.walk(self.folder) for n in names if n.endswith(".gcda")]

    def forget_coverage(self):
        for path in self.coverage():
            os.remove(path)

    def read_coverage(self, test):
        found = subprocess.run(["gcov", "--json-format", "--stdout", *self.coverage()], cwd=self.folder, check=True,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        lines, code = {}, {}
        for unit in found.splitlines():
            for f in json.loads(unit)["files"]:
                path = os.path.relpath(os.path.join(self.folder, f["file"]), self.sources)
                if not path.startswith(".."):
                    code.setdefault(path, set()).update(n["line_number"] for n in f["lines"])
                    lines.setdefault(path, set()).update(n["line_number"] for n in f["lines"] if n["count"])
        test.lines = {path: sorted(n) for path, n in lines.items()}
        self.code_lines.update((path, sorted(n)) for path, n in code.items())

    def reaching(self, mutant, changed):
        """The tests that can notice: those that run the line, or, of a line without code, link an object."""
        line = max((n for n in self.code_lines.get(mutant.path, ()) if n <= mutant.line), default=None)
        changed = set(changed)
        mine = [t for t in self.tests if changed.intersection(t.objects) or changed.intersection(t.link)]
        if line is None or not mutant.function:
            return mine
        return [t for t in mine if any(line <= n <= mutant.last_line for n in t.lines.get(mutant.path, ()))]

    def compiled(self, obj, out, text=None, overlay=None):
        """Compiles one object, of the given text, or with headers of an overlay before the tree's."""
        source = os.path.join(self.sources, self.source_of[obj])
        argv = self.compile[obj][:]
        if overlay:
            argv[1:1] = ["-I" + os.path.join(overlay, "lib"), "-I" + overlay,
                         f"-fmacro-prefix-map={overlay}={self.sources}"]
        if text is None:
            text = self.text(self.source_of[obj])
        argv += ["-g0", *SURE, "-iquote", os.path.dirname(source),
                 "-x", "c", "-c", "-o", out, "-"]
        p = subprocess.run(argv, cwd=self.folder, input=f'# 1 "{source}"\n{text}', text=True, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return p.returncode == 0

    def original(self, obj):
        """The object code without any mutation."""
        with self.lock:
            if obj in self.originals:
                return self.originals[obj]
        with tempfile.NamedTemporaryFile(suffix=".o", dir=self.folder) as f:
            if not self.compiled(obj, f.name):
                raise Broken(f"{self.source_of[obj]} does not compile without any mutation")
            code = f.read()
        with self.lock:
            self.originals[obj] = code
        return code


class Trial:
    """One mutant in one tree."""

    def __init__(self, tree, mutant, text, folder):
        self.tree, self.mutant, self.text, self.folder = tree, mutant, text, folder
        self.made, self.reached = {}, True
        self.own = tree.objects_of.get(mutant.path, [])
        self.changed = self.own + (tree.including.get(mutant.path, []) if self.own else tree.using(mutant))
        os.makedirs(os.path.join(folder, os.path.dirname(mutant.path)), exist_ok=True)
        with open(os.path.join(folder, mutant.path), "w", encoding="utf-8") as f:
            f.write(text)

    def make(self, obj):
        """The changed object's file; None if it does not compile."""
        if obj not in self.made:
            out = os.path.join(self.folder, f"{len(self.made)}.o")
            own = obj in self.own
            self.made[obj] = out if self.tree.compiled(
                obj, out, self.text if own else None, None if own else self.folder) else None
        return self.made[obj]

    def verdict(self):
        """'invalid', 'same', or '' if it is a mutant at all."""
        different = False
        for obj in self.changed:
            if obj not in self.own and self.tree.source_of[obj].startswith("tests/"):
                continue
            if not self.make(obj):
                return "invalid"
            with open(self.made[obj], "rb") as f:
                if f.read() != self.tree.original(obj):
                    different = True
                    break
        return "" if different else "same"

    def noticed_by(self):
        """The first test that fails; None."""
        room = "." + os.path.dirname(self.mutant.path).replace("lib/", "", 1).replace("/", ".") + "."
        reaching = self.tree.reaching(self.mutant, self.changed)
        self.reached = bool(reaching)
        for test in sorted(reaching, key=lambda t: (room not in t.name, t.cpu_s)):
            failed = self.fails(test)
            if failed is None:
                return "the compiler"
            if failed:
                return test.name
        return None

    def fails(self, test):
        link, objects = test.link[:], []
        for obj in self.changed:
            if obj in link or obj in test.objects:
                if not self.make(obj):
                    return None
            if obj in link:
                link[link.index(obj)] = self.made[obj]
            elif obj in test.objects:
                objects.append(self.made[obj])
        first = next(n for n, a in enumerate(link) if a.endswith(".a"))
        link[first:first] = objects
        program = os.path.join(self.folder, "test")
        subprocess.run([*link, "-Wl,-S", "-o", program], cwd=self.tree.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cpu_s = int(5 + 10 * test.cpu_s) if self.tree.checked else int(3 + 5 * test.cpu_s)
        for _ in range(2 if test.is_judged_twice() else 1):
            passed, _used = run([program, *test.command[1:]], test.cwd, cpu_s, self.tree.checked)
            if passed:
                return False
        return True
