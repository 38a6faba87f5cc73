from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Wanted(_message.Message):
    __slots__ = ("product_id", "quantity")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    quantity: str
    def __init__(self, product_id: _Optional[str] = ..., quantity: _Optional[str] = ...) -> None: ...

class AvailabilityRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Wanted]
    def __init__(self, items: _Optional[_Iterable[_Union[Wanted, _Mapping]]] = ...) -> None: ...

class Unavailable(_message.Message):
    __slots__ = ("product_id", "requested_quantity", "available_quantity")
    PRODUCT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    product_id: str
    requested_quantity: str
    available_quantity: str
    def __init__(self, product_id: _Optional[str] = ..., requested_quantity: _Optional[str] = ..., available_quantity: _Optional[str] = ...) -> None: ...

class Availability(_message.Message):
    __slots__ = ("key", "all_available", "unavailable_items")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ALL_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    key: str
    all_available: bool
    unavailable_items: _containers.RepeatedCompositeFieldContainer[Unavailable]
    def __init__(self, key: _Optional[str] = ..., all_available: _Optional[bool] = ..., unavailable_items: _Optional[_Iterable[_Union[Unavailable, _Mapping]]] = ...) -> None: ...

class ReserveRequest(_message.Message):
    __slots__ = ("order_id", "items", "expires_in_s")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_IN_S_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    items: _containers.RepeatedCompositeFieldContainer[Wanted]
    expires_in_s: int
    def __init__(self, order_id: _Optional[str] = ..., items: _Optional[_Iterable[_Union[Wanted, _Mapping]]] = ..., expires_in_s: _Optional[int] = ...) -> None: ...

class Reserved(_message.Message):
    __slots__ = ("key", "reservation_id", "expires_at")
    KEY_FIELD_NUMBER: _ClassVar[int]
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    key: str
    reservation_id: str
    expires_at: str
    def __init__(self, key: _Optional[str] = ..., reservation_id: _Optional[str] = ..., expires_at: _Optional[str] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("reservation_id",)
    RESERVATION_ID_FIELD_NUMBER: _ClassVar[int]
    reservation_id: str
    def __init__(self, reservation_id: _Optional[str] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("key", "reference")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    key: str
    reference: str
    def __init__(self, key: _Optional[str] = ..., reference: _Optional[str] = ...) -> None: ...

class ChargeRequest(_message.Message):
    __slots__ = ("order_id", "amount", "currency")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    amount: int
    currency: str
    def __init__(self, order_id: _Optional[str] = ..., amount: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...

class Charged(_message.Message):
    __slots__ = ("key", "transaction_id", "amount", "currency", "processed_at")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PROCESSED_AT_FIELD_NUMBER: _ClassVar[int]
    key: str
    transaction_id: str
    amount: int
    currency: str
    processed_at: str
    def __init__(self, key: _Optional[str] = ..., transaction_id: _Optional[str] = ..., amount: _Optional[int] = ..., currency: _Optional[str] = ..., processed_at: _Optional[str] = ...) -> None: ...

class RefundRequest(_message.Message):
    __slots__ = ("transaction_id", "amount")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    amount: int
    def __init__(self, transaction_id: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class Refunded(_message.Message):
    __slots__ = ("key", "refund_id", "amount")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REFUND_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    key: str
    refund_id: str
    amount: int
    def __init__(self, key: _Optional[str] = ..., refund_id: _Optional[str] = ..., amount: _Optional[int] = ...) -> None: ...

class ShipmentRequest(_message.Message):
    __slots__ = ("order_id", "kind", "address")
    class AddressEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    kind: str
    address: _containers.ScalarMap[str, str]
    def __init__(self, order_id: _Optional[str] = ..., kind: _Optional[str] = ..., address: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Shipped(_message.Message):
    __slots__ = ("key", "shipment_id", "carrier", "tracking_number", "estimated_delivery")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CARRIER_FIELD_NUMBER: _ClassVar[int]
    TRACKING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    key: str
    shipment_id: str
    carrier: str
    tracking_number: str
    estimated_delivery: str
    def __init__(self, key: _Optional[str] = ..., shipment_id: _Optional[str] = ..., carrier: _Optional[str] = ..., tracking_number: _Optional[str] = ..., estimated_delivery: _Optional[str] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("shipment_id",)
    SHIPMENT_ID_FIELD_NUMBER: _ClassVar[int]
    shipment_id: str
    def __init__(self, shipment_id: _Optional[str] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("kind", "recipient", "content_json")
    class RecipientEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_JSON_FIELD_NUMBER: _ClassVar[int]
    kind: str
    recipient: _containers.ScalarMap[str, str]
    content_json: str
    def __init__(self, kind: _Optional[str] = ..., recipient: _Optional[_Mapping[str, str]] = ..., content_json: _Optional[str] = ...) -> None: ...

class QueryRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Found(_message.Message):
    __slots__ = ("key", "state", "detail", "reserved", "charged", "refunded", "shipped", "done")
    KEY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RESERVED_FIELD_NUMBER: _ClassVar[int]
    CHARGED_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    key: str
    state: str
    detail: str
    reserved: Reserved
    charged: Charged
    refunded: Refunded
    shipped: Shipped
    done: Done
    def __init__(self, key: _Optional[str] = ..., state: _Optional[str] = ..., detail: _Optional[str] = ..., reserved: _Optional[_Union[Reserved, _Mapping]] = ..., charged: _Optional[_Union[Charged, _Mapping]] = ..., refunded: _Optional[_Union[Refunded, _Mapping]] = ..., shipped: _Optional[_Union[Shipped, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...
