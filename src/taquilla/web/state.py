"""What an endpoint asks of the app that it belongs to."""

from typing import Annotated

from fastapi import Depends, Request

from taquilla.web.reader import WarehouseReader
from taquilla.web.trained import ModelReader


async def _reader(request: Request) -> WarehouseReader:
    found = request.app.state.reader
    if not isinstance(found, WarehouseReader):
        raise TypeError("create_app gives the app its reader")
    return found


async def _models(request: Request) -> ModelReader:
    found = request.app.state.models
    if not isinstance(found, ModelReader):
        raise TypeError("create_app gives the app its models")
    return found


Reader = Annotated[WarehouseReader, Depends(_reader)]
Models = Annotated[ModelReader, Depends(_models)]
