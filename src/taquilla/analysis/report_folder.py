"""Where reports stand: a folder a report, named by its moment as the seeds have it. Loads no plotting library."""

import re
from datetime import datetime, timedelta
from pathlib import Path

PAGE, TEXT = "report.html", "report.txt"
_NAME = re.compile(r"visualizations_v2_\d{8}_\d{6}")


def latest_report(folder: Path) -> Path | None:
    """The newest report of this folder, if it has one: the folder that holds `report.html`."""
    found = [path for path in folder.glob("visualizations_v2_*") if _NAME.fullmatch(path.name)]
    return max((path for path in found if (path / PAGE).is_file()), key=lambda path: path.name, default=None)


def free_name(folder: Path, now: datetime) -> Path:
    """The name of this second, or of the next one that no report has."""
    while (path := folder / f"visualizations_v2_{now:%Y%m%d_%H%M%S}").exists():
        now += timedelta(seconds=1)
    return path
