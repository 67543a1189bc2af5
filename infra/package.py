"""`make package`: what AWS runs, built, compiled, zipped the same way twice, and linted."""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from chalicelib.messages.rendering import COMPILED
from infra import alarms
from infra.gateway import gateway_responses
from infra.resources import read_template
from infra.templates.build import STAMP, ready_or_stop

_ROOT = Path(__file__).parents[1]
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    """Build the package of one stage into `build/package/<stage>` and print its size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stage", default="dev", choices=("dev", "prod", "e2e"))
    stage = arguments.parse_args().stage
    out = _ROOT / "build" / "package" / stage
    build_package(stage=stage, out=out)
    print(f"{out / 'deployment.zip'}: {(out / 'deployment.zip').stat().st_size / 1e6:.1f} MB")
    return lint(out / "sam.json")


def build_package(*, stage: str, out: Path) -> None:
    """Write `sam.json` and `deployment.zip` to `out`. Raises `CalledProcessError`.

    Ends the command when a template is wrong, or a sentence has no Dutch: such a package is none.
    """
    ready_or_stop()
    let_chalice_package(stage=stage, out=out)
    finish(out / "deployment.zip")


def let_chalice_package(*, stage: str, out: Path) -> None:
    """Write both as Chalice makes them. Raises `CalledProcessError`.

    Its own cache is cleared first: it does not see that a file was renamed.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.rmtree(_ROOT / ".chalice" / "deployments", ignore_errors=True)
    merge = out / "merge.json"
    merge.write_text(json.dumps(_merge_template()))
    command = [_beside_python("chalice"), "package", "--stage", stage]
    environment = {"AWS_DEFAULT_REGION": "eu-west-1", **os.environ}
    subprocess.run(
        [*command, "--merge-template", str(merge), str(out)],
        cwd=_ROOT,
        env=environment,
        check=True,
    )
    merge.unlink()


def finish(package: Path) -> None:
    """Make of Chalice's zip what a function runs: with built templates, and with byte code.

    Byte code lies beside the sources, because a function cannot keep what it compiles itself.
    Entries are sorted and carry one fixed date, so that equal sources give an equal file.
    """
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder)
        with zipfile.ZipFile(package) as chalice_zip:
            chalice_zip.extractall(content, _without_unspoken_languages(chalice_zip.namelist()))
        _put_built_for_written_templates(content)
        compileall.compile_dir(
            content, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, stripdir=folder
        )
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as ours:
            for path in sorted(path for path in content.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(str(path.relative_to(content)), _FIXED_DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                ours.writestr(entry, path.read_bytes())


def lint(template: Path) -> int:
    """Ask cfn-lint about a packaged template; returns its exit code."""
    return subprocess.run([_beside_python("cfn-lint"), str(template)], check=False).returncode


def _beside_python(command: str) -> str:
    """A command of the environment that this Python belongs to."""
    return str(Path(sys.executable).with_name(command))


def _merge_template() -> dict[str, Any]:
    template = read_template()
    api = template["Resources"]["RestAPI"]["Properties"]
    api["GatewayResponses"] = gateway_responses()
    template["Resources"] |= alarms.resources()
    return template


def _without_unspoken_languages(names: Iterable[str]) -> Iterator[str]:
    """Keep of Babel's 33 MB of locale data only the languages that Pluim speaks."""
    spoken = {"root", *(folder.name for folder in (_ROOT / "locales").iterdir())}
    for name in names:
        data = name.removeprefix("babel/locale-data/").removesuffix(".dat")
        if name != f"babel/locale-data/{data}.dat" or data.split("_")[0] in spoken:
            yield name


def _put_built_for_written_templates(content: Path) -> None:
    """Ship what templates were built into instead of their sources, which only we read."""
    for written in (content / "templates").iterdir():
        if written.name != "static":
            shutil.rmtree(written) if written.is_dir() else written.unlink()
    built = content / COMPILED.relative_to(_ROOT)
    shutil.copytree(COMPILED, built, ignore=shutil.ignore_patterns(STAMP))


if __name__ == "__main__":
    sys.exit(main())
