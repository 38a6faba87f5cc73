"""Protobuf messages as plain documents, both ways, so that both protocols are understood by the same code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from appliance.application.outside import OutcomeUnknown
from appliance.integration.operations import Operation
from appliance.integration.protos import provider_pb2


def request_class(operation: Operation) -> type[Message]:
    """What is sent."""
    kind: type[Message] = GetMessageClass(_method(operation).input_type)
    return kind


def answer_class(operation: Operation) -> type[Message]:
    """What comes back."""
    kind: type[Message] = GetMessageClass(_method(operation).output_type)
    return kind


def parsed(kind: type[Message], raw: bytes) -> Mapping[str, Any]:
    """The document that these bytes are. Raises OutcomeUnknown."""
    try:
        return document(kind.FromString(raw))
    except DecodeError as error:
        raise OutcomeUnknown("garbage", f"The provider's answer is no message: {error}.") from error


def document(message: Message) -> dict[str, Any]:
    """Every field by its name; those that may be absent and are, are left out."""
    return {
        field.name: _value(field, getattr(message, field.name))
        for field in message.DESCRIPTOR.fields
        if not field.has_presence or message.HasField(field.name)
    }


def _value(field: Any, value: Any) -> Any:
    if field.message_type is None:
        return list(value) if field.is_repeated else value
    if field.message_type.GetOptions().map_entry:
        return dict(value)
    return [document(each) for each in value] if field.is_repeated else document(value)


def _method(operation: Operation) -> Any:
    service = provider_pb2.DESCRIPTOR.services_by_name[operation.port.title()]
    return service.methods_by_name[operation.rpc]
