"""How an order is fulfilled: its steps, what each calls, and what each outcome means for order, goods and books."""

from appliance.sagas.fulfilment.definition import NAME, Times, order_fulfilment

__all__ = ["NAME", "Times", "order_fulfilment"]
