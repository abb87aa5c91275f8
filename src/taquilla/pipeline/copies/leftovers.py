"""What a copy into a file leaves behind when it is killed: the part that it had written, which nobody ever sees.

Whoever writes to a file holds the lease on it, so that what lies there belongs to a copy that is dead. A copy from
another machine into the same file at the same moment fails and says so: one of the two had to.
"""

import logging
import re
from pathlib import Path

from taquilla.sources import objects_s3

log = logging.getLogger(__name__)
_S3 = re.compile(r"s3://([^/]+)/(.+)")


def clear_leftovers(place: str) -> int:
    """Delete the parts that dead copies into that file have left; how many they were."""
    in_s3 = _S3.fullmatch(place)
    return _abort_uploads(*in_s3.groups()) if in_s3 else _delete_parts(Path(place).expanduser())


def _delete_parts(path: Path) -> int:
    part = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part")
    found = [file for file in path.parent.glob(".*.part") if part.fullmatch(file.name)]
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def _abort_uploads(bucket: str, key: str) -> int:
    """Where the credentials may not list uploads, those that are left stay for the bucket's own rule to clear away."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    s3, found = objects_s3.client(), list[str]()
    try:
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=key)
        found += [each["UploadId"] for page in pages for each in page.get("Uploads", ()) if each["Key"] == key]
        for upload in found:
            s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    except (BotoCoreError, ClientError) as error:
        log.info("s3://%s/%s: uploads that were cut off are not cleared: %s", bucket, key, type(error).__name__)
    return len(found)
