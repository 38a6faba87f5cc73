"""What head office keeps a store from selling: products called back, and registers that are shut."""

from __future__ import annotations

from appliance.domain.events_hq import ProductRecalled, RecallLifted, RegisterReopened, RegisterShut
from appliance.domain.product import Product
from appliance.domain.text import check_id, check_text


def recall(product: Product, recall_id: str, reason: str) -> ProductRecalled:
    """Call a product back; a later recall takes the place of an earlier one."""
    return ProductRecalled(
        product_id=product.product_id,
        recall_id=check_id(recall_id, "/recall_id"),
        reason=check_text(reason, "/reason", shortest=1),
    )


def lift(product: Product, recall_id: str, reason: str) -> RecallLifted | None:
    """Let it be sold again; None where it may be already, by this recall at least."""
    if product.recall is None or product.recall.recall_id != recall_id:
        return None
    return RecallLifted(product_id=product.product_id, recall_id=recall_id, reason=check_text(reason, "/reason"))


def shut(register_id: str, why: str | None, reason: str) -> RegisterShut | None:
    """Take no more sales on a register; None where it is shut for this reason already."""
    check_text(reason, "/reason", shortest=1)
    return None if why == reason else RegisterShut(register_id=register_id, reason=reason)


def reopen(register_id: str, why: str | None, reason: str) -> RegisterReopened | None:
    """Take sales again; None where it does already."""
    check_text(reason, "/reason")
    return None if why is None else RegisterReopened(register_id=register_id, reason=reason)
