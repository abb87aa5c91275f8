"""Takes what running left behind out of the tutorial's notebooks: outputs, counts, and what an editor noted.

python tools/strip_notebooks.py            # rewrites those that need it, and names them
"""

import json
from pathlib import Path

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def stripped(notebook: str) -> str:
    """The text of a notebook's file as the repository keeps it."""
    told = json.loads(notebook)
    for cell in told["cells"]:
        cell["metadata"] = {}
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    told["metadata"] = METADATA
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Rewrites the notebooks that are not stripped."""
    for path in sorted(TUTORIAL.glob("*.ipynb")):
        before = path.read_text("utf-8")
        after = stripped(before)
        if after != before:
            path.write_text(after, "utf-8")
            print(f"stripped {path.name}")


if __name__ == "__main__":
    main()
