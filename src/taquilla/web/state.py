"""What an endpoint asks of the app that it belongs to."""

from typing import Annotated

from fastapi import Depends, Request

from taquilla.web.reader import WarehouseReader


async def _reader(request: Request) -> WarehouseReader:
    found = request.app.state.reader
    if not isinstance(found, WarehouseReader):
        raise TypeError("create_app gives the app its reader")
    return found


Reader = Annotated[WarehouseReader, Depends(_reader)]
