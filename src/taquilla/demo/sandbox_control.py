"""The sandbox's own routes under /_sandbox: counts, faults, and changes to the catalogue."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from taquilla.demo.sandbox_errors import ApiError
from taquilla.demo.sandbox_faults import Fault, Stats, fault_from
from taquilla.demo.sandbox_store import Catalogue
from taquilla.errors import SettingsError

T = TypeVar("T")


class _Edit(msgspec.Struct, forbid_unknown_fields=True):
    """A film and what is set of it; nothing set removes it."""

    id: int
    set: dict[str, Any] = {}
    changed_at: datetime | None = None

    def at(self) -> datetime:
        """When it was changed; a time without a zone is UTC."""
        at = self.changed_at or datetime.now(UTC)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class Control:
    """Steers one sandbox; answers requests from this machine alone, since it asks for no token."""

    def __init__(self, catalogue: Catalogue, stats: Stats, set_faults: Callable[[Sequence[Fault]], None]) -> None:
        self._catalogue = catalogue
        self._stats = stats
        self._set_faults = set_faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/stats", self._report),
            web.post("/_sandbox/stats/reset", self._reset),
            web.post("/_sandbox/faults", self._plan),
            web.delete("/_sandbox/faults", self._heal),
            web.post("/_sandbox/change", self._change),
            web.post("/_sandbox/remove", self._remove),
        ]

    async def _report(self, request: web.Request) -> web.Response:
        _local(request)
        return web.json_response(self._stats.report())

    async def _reset(self, request: web.Request) -> web.Response:
        _local(request)
        self._stats.reset()
        return web.json_response({"success": True})

    async def _plan(self, request: web.Request) -> web.Response:
        given = await _body(request, list[dict[str, Any]])
        try:
            faults = [fault_from(fields) for fields in given]
        except SettingsError as error:
            raise ApiError(5, str(error)) from error
        self._set_faults(faults)
        return web.json_response({"success": True, "faults": len(faults)})

    async def _heal(self, request: web.Request) -> web.Response:
        _local(request)
        self._set_faults(())
        return web.json_response({"success": True, "faults": 0})

    async def _change(self, request: web.Request) -> web.Response:
        edit = await _body(request, _Edit)
        try:
            known = self._catalogue.change(edit.id, edit.set, edit.at())
        except msgspec.DecodeError as error:
            raise ApiError(5, str(error)) from error
        return _edited(edit, known)

    async def _remove(self, request: web.Request) -> web.Response:
        edit = await _body(request, _Edit)
        return _edited(edit, self._catalogue.remove(edit.id, edit.at()))


def _edited(edit: _Edit, known: bool) -> web.Response:
    if not known:
        raise ApiError(34)
    return web.json_response({"success": True, "id": edit.id})


def _local(request: web.Request) -> None:
    # Control without a token is for this machine, whatever address the sandbox listens on.
    if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 - compared, not bound
        raise ApiError(7, "The routes under /_sandbox answer this machine alone.")


async def _body(request: web.Request, kind: type[T]) -> T:
    _local(request)
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except msgspec.DecodeError as error:
        raise ApiError(5, str(error)) from error
