"""`make mutants`: change each guard a little, and see that a test fails.

A mutant is one change in one place: a comparison turned round, a condition negated or dropped, a keyword taken out of a
query, a permission or a constraint removed, a constant moved. It runs against the tests that reach its line, as a first
run of the suite has recorded. What survives is listed: it is a missing test, or argued for in SURVIVORS.

    make mutants                                   all guards
    make mutants ONLY=dispatches/desk/actors.py    one module
    make mutants TESTS=tests/dispatches/desk       with a part of the suite, for a quick answer
"""

import ast
import copy
import os
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "var" / "mutants"
GUARDS = [
    "dispatches/desk/actors.py",
    "dispatches/desk/transactions.py",
    "dispatches/desk/expunging.py",
    "dispatches/desk/publishing.py",
    "dispatches/desk/roles.py",
    "dispatches/desk/rating.py",
    "dispatches/public/querysets.py",
    "dispatches/public/models.py",
    "dispatches/signal/rules.py",
    "sources/independence.py",
    "sources/intake/fetching.py",
    "sources/lineage/credits.py",
    "sources/lineage/markers.py",
    "wire/cache/pagecache.py",
    "wire/cache/policy.py",
    "wire/cache/requests.py",
    "wire/cache/store.py",
]
# Mutants that no test needs to catch, by module and the changed code, with the reason.
SURVIVORS: dict[tuple[str, str], str] = {}
TESTS = os.environ.get("TESTS", "tests").split()
MOST_TESTS, SECONDS, WORKERS = 60, 120, 2
TURNED = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
QUERIES = {"filter", "exclude", "Q", "get", "update"}
CONSTRAINTS = {"CheckConstraint", "UniqueConstraint"}


def main() -> int:
    only = os.environ.get("ONLY", "").split() or GUARDS
    started = time.monotonic()
    tests = reaching_tests()
    copies = [copy_tree(number) for number in range(WORKERS)]
    jobs = [(module, *mutant) for module in only for mutant in mutants_of(ROOT / module)]
    print(f"{len(jobs)} mutants of {len(only)} modules, {time.monotonic() - started:.0f} s until here", flush=True)
    survivors, counts = [], Counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        for (module, line, what, _), outcome in zip(
            jobs, pool.map(lambda job: run(job, tests, copies), jobs), strict=True
        ):
            if outcome == "survived" and (module, what) in SURVIVORS:
                outcome = "argued"
            counts[outcome] += 1
            if outcome in {"survived", "unreached"}:
                survivors.append(f"  {module}:{line}: {what} ({outcome})")
                print(survivors[-1], flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())), end="")
    print(f" in {time.monotonic() - started:.0f} s")
    return 1 if survivors else 0


def reaching_tests() -> dict[tuple[str, int], list[str]]:
    """Run the suite once, and return the tests that reach each line: (module, line) → test ids."""
    data = WORK / "coverage"
    if not data.exists() or TESTS != ["tests"]:
        WORK.mkdir(parents=True, exist_ok=True)
        settings = WORK / "coveragerc"
        settings.write_text("[run]\ndynamic_context = test_function\nsource = sources,dispatches,wire\n")
        environment = os.environ | {"COVERAGE_FILE": str(data)}
        command = [
            "-m",
            "coverage",
            "run",
            f"--rcfile={settings}",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "-m",
            "not browser",
        ]
        done = subprocess.run([sys.executable, *command, *TESTS], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            data.unlink(missing_ok=True)
            sys.exit("Without a mutant, too, these tests fail. Mend them first.")
    recorded = CoverageData(str(data))
    recorded.read()
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for file in recorded.measured_files():
        module = Path(file).relative_to(ROOT).as_posix()
        for line, contexts in recorded.contexts_by_lineno(file).items():
            ids = {id_of(context) for context in contexts} - {""}
            near = f"tests/{module.removesuffix('.py').rpartition('/')[0]}/"
            found[module, line] = sorted(ids, key=lambda each: (not each.startswith(near), each))
    return found


def id_of(context: str) -> str:
    """Return the pytest id of a coverage context: tests.wire.test_x.test_y → tests/wire/test_x.py::test_y."""
    parts = context.split(".")
    files = [number for number, part in enumerate(parts[:-1]) if part.startswith("test_")]
    return f"{'/'.join(parts[: files[0] + 1])}.py::{'::'.join(parts[files[0] + 1 :])}" if files else ""


def copy_tree(number: int) -> Path:
    """Copy the tree, so that the one that is worked on never holds a mutant."""
    target = WORK / f"tree-{number}"
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", "snapshots.*")
    shutil.copytree(ROOT, target, ignore=ignored)
    return target


def run(job: tuple[str, int, str, str], tests: dict[tuple[str, int], list[str]], copies: list[Path]) -> str:
    module, line, _, mutated = job
    # Decorators and class bodies run when the module is imported: any test of the module may notice.
    everywhere = (each for (name, _), found in tests.items() if name == module for each in found)
    chosen = tests.get((module, line)) or list(dict.fromkeys(everywhere))
    if not chosen:
        return "unreached"
    tree = copies.pop()
    path = tree / module
    original = path.read_text()
    try:
        path.write_text(mutated)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
            *chosen[:MOST_TESTS],
        ]
        done = subprocess.run(command, cwd=tree, capture_output=True, timeout=SECONDS, check=False)
        return "survived" if done.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        path.write_text(original)
        copies.append(tree)


def mutants_of(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield (line, what was changed, the mutated source) for each mutant of a module."""
    tree = ast.parse(path.read_text())
    for number, node in enumerate(ast.walk(tree)):
        for change in changes_of(node):
            mutated = copy.deepcopy(tree)
            target = next(each for n, each in enumerate(ast.walk(mutated)) if n == number)
            before = ast.unparse(target).splitlines()[0][:90]
            change(target)
            try:
                yield node.lineno, before, ast.unparse(ast.fix_missing_locations(mutated))
            except (ValueError, AttributeError):
                continue


def changes_of(node: ast.AST) -> Iterator:
    match node:
        case ast.Compare(ops=[op]) if type(op) in TURNED:
            yield lambda target: setattr(target, "ops", [TURNED[type(target.ops[0])]()])
        case ast.BoolOp(values=values):
            for number in range(len(values)):
                yield lambda target, number=number: target.values.pop(number)
        case ast.UnaryOp(op=ast.Not()):
            yield lambda target: (setattr(target, "op", ast.Not()), setattr(target, "operand", ast.Constant(False)))
        case ast.If() | ast.IfExp():
            yield lambda target: setattr(target, "test", ast.Constant(True))
            yield lambda target: setattr(target, "test", ast.Constant(False))
        case ast.Call(func=func, keywords=keywords) if name_of(func) in QUERIES:
            for number in range(len(keywords)):
                yield lambda target, number=number: target.keywords.pop(number)
        case ast.Call(func=func) if name_of(func) in CONSTRAINTS:
            yield lambda target: [
                setattr(each, "value", ast.Call(ast.Name("Q", ast.Load()), [], []))
                for each in target.keywords
                if each.arg in {"condition", "check"}
            ]
        case ast.FunctionDef(decorator_list=[_, *_]):
            for number in range(len(node.decorator_list)):
                if name_of(getattr(node.decorator_list[number], "func", node.decorator_list[number])) not in {
                    "property"
                }:
                    yield lambda target, number=number: target.decorator_list.pop(number)
        case ast.Return(value=ast.Constant(value=bool())):
            yield lambda target: setattr(target.value, "value", not target.value.value)


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


if __name__ == "__main__":
    sys.exit(main())
