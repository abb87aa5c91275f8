"""A lake in S3: how deltalake, Polars and boto3 are told the way, and what its errors mean.

The address and the credentials are those of every AWS tool (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL …).
"""

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from deltalake.exceptions import CommitFailedError, DeltaError

from taquilla.errors import DataError, NotInstalledError, SettingsError, TaquillaError, UnavailableError

SCHEME = "s3://"
_ATTEMPTS, _CONNECT_S, _READ_S, _RETRY_S = 3, 5, 60, 20
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")

_OF_S3 = ("S3 error", "object-store", "privileges", "http error", "loading credentials")
_REFUSED = (
    *("Forbidden", "privileges", "AccessDenied", "credentials", "Unauthorized"),
    *("SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken"),
)


def is_s3(uri: str) -> bool:
    return uri.startswith(SCHEME)


def storage_options(uri: str) -> dict[str, str] | None:
    """What deltalake and Polars need beside the environment, which they read themselves; None on disk."""
    if not is_s3(uri):
        return None
    # Two writers of one version: the second is refused by S3 itself.
    told = {"aws_conditional_put": "etag", "connect_timeout": f"{_CONNECT_S}s", "timeout": f"{_READ_S}s"}
    told["retry_timeout"] = f"{_RETRY_S}s"
    if server := _endpoint():
        told |= {"aws_endpoint_url": server, "aws_allow_http": str(server.startswith("http://")).lower()}
    if region := _region():
        told["aws_region"] = region
    return told


def _endpoint() -> str | None:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def _region() -> str | None:
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return named or ("us-east-1" if _endpoint() else None)


def client() -> Any:
    """boto3's client. NotInstalledError: the extra is missing."""
    return _client(_endpoint(), _region(), tuple(os.environ.get(name) for name in _CREDENTIALS))


@functools.lru_cache(maxsize=8)
def _client(server: str | None, region: str | None, _of: tuple[str | None, ...]) -> Any:
    try:
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]
    except ImportError:
        raise NotInstalledError(
            'A lake in S3 needs boto3, which is not installed: pip install "taquilla[aws]"'
        ) from None
    retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
    # What is sent is told by its CRC32; over http boto3 would sign every byte of it as well, as it does not over https.
    signing = {"payload_signing_enabled": False}
    config = Config(connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries=retries, s3=signing)
    # A session of its own: the default one keeps the first credentials that it has met.
    return boto3.Session().client("s3", endpoint_url=server, region_name=region, config=config)


def place(uri: str) -> dict[str, str]:
    """`s3://bucket/key` as boto3 names it."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return {"Bucket": bucket, "Key": key}


def folders(uri: str) -> list[str]:
    """The names under a place that have something under them in turn."""
    of = place(uri)
    prefix = f"{of['Key']}/" if of["Key"] else ""
    with telling(uri):
        pages = client().get_paginator("list_objects_v2").paginate(Bucket=of["Bucket"], Prefix=prefix, Delimiter="/")
        found = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ())]
    return [one.removeprefix(prefix).rstrip("/") for one in found]


def upload(file: Path, uri: str) -> None:
    """Put a file there; it appears whole or not at all."""
    to = place(uri)
    with telling(uri):
        client().upload_file(str(file), to["Bucket"], to["Key"])


def download(uri: str, file: Path) -> None:
    """Get an object as that file, whole or not at all."""
    of = place(uri)
    with telling(uri):
        client().download_file(of["Bucket"], of["Key"], str(file))


def delete(uri: str) -> None:
    """Delete an object; no error where there is none."""
    with telling(uri):
        client().delete_object(**place(uri))


@contextlib.contextmanager
def telling(uri: str) -> Iterator[None]:
    """What S3 answers to anybody who asks for the lake, as an error of ours; other errors stay what they are."""
    try:
        yield
    except (TaquillaError, CommitFailedError):
        raise
    except (OSError, DeltaError, pl.exceptions.PolarsError) as error:
        if (told := _told(uri, str(error))) is not None:
            raise told from error
        raise
    except Exception as error:
        # boto3 need not be installed, so that its errors are known by their name.
        if not type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
            raise
        raise _told(uri, f"object-store {error}") or _away(uri) from error


def _told(uri: str, text: str) -> TaquillaError | None:
    if not any(sign in text for sign in _OF_S3):
        return None
    if "NoSuchBucket" in text or "bucket does not exist" in text:
        return SettingsError(f"There is no bucket for {uri}. Make it, or check lake.root (TAQUILLA_LAKE__ROOT).")
    if any(sign in text for sign in _REFUSED):
        return SettingsError(
            f"S3 does not let these credentials use {uri}. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what "
            "they may do there."
        )
    if "NoSuchKey" in text or "404 Not Found" in text or "not found" in text:
        return DataError(f"A file of the lake at {uri} is not there any more. Run the same command again.")
    return _away(uri)


def _away(uri: str) -> UnavailableError:
    return UnavailableError(f"{_endpoint() or 'S3'} did not answer for {uri}. Run the same command again.")
