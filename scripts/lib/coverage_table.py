"""Prints what coverage.py measured: lines run by folder, and the files of which the least is run."""

import json
import pathlib
import sys
from collections import defaultdict

LEAST = 15


def main(path):
    """:param path: of what ``coverage json`` wrote"""
    files = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["files"]
    folders = defaultdict(lambda: [0, 0])
    by_file = []
    for name, found in files.items():
        run, lines = found["summary"]["covered_lines"], found["summary"]["num_statements"]
        for folder in (str(pathlib.Path(name).parent), "all"):
            folders[folder][0] += run
            folders[folder][1] += lines
        if lines:
            by_file.append((run / lines, lines - run, name))
    print(f"{'folder':<48} {'lines':>7} {'not run':>8} {'run':>6}")
    for folder, (run, lines) in sorted(folders.items(), key=lambda pair: (pair[0] == "all", pair[0])):
        if lines:
            print(f"{folder:<48} {lines:>7} {lines - run:>8} {run / lines:>6.1%}")
    print(f"\nThe least, of {len(by_file)} files:")
    for share, not_run, name in sorted(by_file)[:LEAST]:
        print(f"{share:>6.1%}  {not_run:>4} not run  {name}")


if __name__ == "__main__":
    main(sys.argv[1])
