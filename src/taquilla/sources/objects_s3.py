"""S3 behind `Place`: pyarrow reads, boto3 writes, since only it can give up an upload that has begun."""

import contextlib
import functools
import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from pyarrow import fs

from taquilla.errors import DataError, NotInstalledError, SettingsError, TaquillaError, UnavailableError

# S3 takes 10,000 parts of 5 MiB at least: parts that grow with their number reach its 5 TiB.
_PART_BYTES = 8 * 2**20
_GROWS_AFTER = 1_000
_CREDENTIAL_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")
_ATTEMPTS, _CONNECT_S, _READ_S = 3, 5, 30


def endpoint() -> str | None:
    """The server's URL; None: Amazon's own."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def region() -> str | None:
    """The region that the environment names; that of another server than Amazon's does not matter."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return named or ("us-east-1" if endpoint() else None)


def file_system(bucket: str) -> fs.S3FileSystem:
    """A reader of that bucket."""
    return _file_system(endpoint(), region() or fs.resolve_s3_region(bucket), _credentials())


def _credentials() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in _CREDENTIAL_NAMES)


@functools.lru_cache(maxsize=8)
def _file_system(server: str | None, in_region: str, _of: tuple[str | None, ...]) -> fs.S3FileSystem:
    # It asks the environment for its credentials itself, once.
    address = urlsplit(server or "")
    return fs.S3FileSystem(
        region=in_region,
        scheme=address.scheme or "https",
        endpoint_override=address.netloc or None,
        connect_timeout=_CONNECT_S,
        request_timeout=_READ_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def client() -> Any:
    """boto3's client. NotInstalledError: the extra is missing."""
    return _client(endpoint(), region(), _credentials())


@functools.lru_cache(maxsize=8)
def _client(server: str | None, in_region: str | None, _of: tuple[str | None, ...]) -> Any:
    try:
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]
    except ImportError:
        raise NotInstalledError(
            'Writing to S3 needs boto3, which is not installed: pip install "taquilla[aws]"'
        ) from None
    config = Config(
        connect_timeout=_CONNECT_S, read_timeout=_READ_S, retries={"mode": "standard", "total_max_attempts": _ATTEMPTS}
    )
    # A session of its own: the default one keeps the first credentials that it has met.
    return boto3.Session().client("s3", endpoint_url=server, region_name=in_region, config=config)


@contextlib.contextmanager
def uploading(bucket: str, key: str) -> Iterator[BinaryIO]:
    """A file whose object appears whole when the block ends, and never when it fails or the process is killed."""
    upload = _Upload(client(), bucket, key)
    try:
        with _errors_told(f"s3://{bucket}/{key}"):
            yield cast("BinaryIO", upload)
            upload.commit()
    except BaseException:
        upload.abort()
        raise


class _Upload(io.RawIOBase):
    """Bytes on their way into an object, in parts. `close` alone publishes nothing: libraries close what fails, too."""

    def __init__(self, s3: Any, bucket: str, key: str) -> None:
        self._s3, self._object = s3, {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._buffer += data
        size = _PART_BYTES * (1 + len(self._parts) // _GROWS_AFTER)
        while len(self._buffer) >= size:
            self._send(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return memoryview(data).nbytes

    def _send(self, data: bytes) -> None:
        if self._upload_id is None:
            self._upload_id = self._s3.create_multipart_upload(**self._object)["UploadId"]
        number = len(self._parts) + 1
        answer = self._s3.upload_part(**self._object, UploadId=self._upload_id, PartNumber=number, Body=data)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})

    def commit(self) -> None:
        """Make the object visible."""
        if self._upload_id is None:
            self._s3.put_object(**self._object, Body=bytes(self._buffer))
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        parts = {"Parts": self._parts}
        self._s3.complete_multipart_upload(**self._object, UploadId=self._upload_id, MultipartUpload=parts)

    def abort(self) -> None:
        """Give the parts up. Where even that fails they stay unseen, for the bucket's own rule to clear away."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        if self._upload_id is not None:
            with contextlib.suppress(BotoCoreError, ClientError):
                self._s3.abort_multipart_upload(**self._object, UploadId=self._upload_id)


@contextlib.contextmanager
def _errors_told(address: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        text = f"{answer.get('Code', '')} {error.response.get('ResponseMetadata', {}).get('HTTPStatusCode', '')}"
        raise told(address, text) or UnavailableError(_unknown(address, text)) from error
    except BotoCoreError as error:
        text = type(error).__name__
        raise told(address, text) or UnavailableError(_unknown(address, text)) from error


def _unknown(address: str, text: str) -> str:
    return f"S3 did not take {address}: {text.strip()}. Run the same command again."


# What the answers of S3, of pyarrow and of boto3 are told by, without case and signs; the first that fits.
_CREDENTIALS = ("invalidaccesskeyid", "signaturedoesnotmatch", "expiredtoken", "invalidtoken", "unrecognizedclient")
_NONE = ("nocredentials", "anonymouscredentials", "nosigningcredentials", "partialcredentials", "credentialretrieval")
_DENIED = ("accessdenied", "forbidden", "httpstatus403", "httpresponsecode403", "invalidclienttokenid")
_NO_BUCKET = ("nosuchbucket",)
_NO_KEY = ("nosuchkey", "resourcenotfound", "pathdoesnotexist", "httpstatus404", "errornotfound")
_REGION = ("permanentredirect", "authorizationheadermalformed", "illegallocationconstraint", "movedpermanently")
_AWAY = (
    *("networkconnection", "curlcode", "couldnotconnect", "couldntresolve", "timeout", "timedout", "slowdown"),
    *("serviceunavailable", "internalfailure", "internalerror", "endpointconnection", "connectionclosed"),
    *("connectionerror", "httpclienterror", "throttl", "requesttimeout", "readtimeout", "incompletebody", "unknown"),
)


def told(address: str, text: str) -> TaquillaError | None:
    """The error that an answer of S3 stands for; None: it is not S3's."""
    plain = "".join(sign for sign in text.lower() if sign.isalnum())

    def says(words: tuple[str, ...]) -> bool:
        return any(word in plain for word in words)

    if says(_NO_BUCKET):
        return SettingsError(f"There is no bucket for {address}. Check its name, and AWS_REGION.")
    if says(_NONE):
        return SettingsError(f"No credentials for {address}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    if says(_CREDENTIALS):
        return SettingsError(
            f"S3 knows no such key for {address}. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        )
    if says(_DENIED):
        return SettingsError(
            f"S3 does not let these credentials use {address}, or there is no such bucket. Check its name, "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and what they may do there."
        )
    if says(_NO_KEY):
        return DataError(f"There is no {address}. Check the address.")
    if says(_REGION):
        return SettingsError(f"The bucket of {address} is in another region. Set AWS_REGION to it.")
    if says(_AWAY):
        server = endpoint() or "Amazon S3"
        return UnavailableError(f"{server} did not answer for {address}. Run the same command again.")
    return None
