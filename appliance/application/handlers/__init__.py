"""What is done about each command: the index of all the store can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.application import commands as c
from appliance.application import commands_access as access
from appliance.application import commands_fulfilment as f
from appliance.application import commands_hq as hq
from appliance.application.handlers import (
    catalogue,
    customers,
    fulfilment,
    headquarters,
    operators,
    orders,
    pricelists,
    refunds,
    registers,
    reservations,
    sales,
    stock,
)
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain.policy import StorePolicy

Handler = Callable[[Any, UnitOfWork, Context, StorePolicy], Outcome]

HANDLERS: Mapping[type, Handler] = {
    c.DefineProduct: catalogue.define_product,
    c.LoadPriceList: catalogue.load_price_list,
    c.ReceiveStock: stock.receive_stock,
    c.CountStock: stock.count_stock,
    c.AdjustStock: stock.adjust_stock,
    c.RingUpSale: sales.ring_up_sale,
    c.VoidSale: sales.void_sale,
    c.RefundSale: refunds.refund_sale,
    c.RefundUnlinked: refunds.refund_unlinked,
    c.AddRegister: registers.add_register,
    c.OpenDrawer: registers.open_drawer,
    c.PayIn: registers.pay_in,
    c.PayOut: registers.pay_out,
    c.CountDrawer: registers.count_drawer,
    c.CloseDrawer: registers.close_drawer,
    c.RegisterCustomer: customers.register_customer,
    c.EraseCustomer: customers.erase_customer,
    c.CreateOrder: orders.create_order,
    c.CancelOrder: orders.cancel_order,
    access.AddOperator: operators.add_operator,
    access.ChangeOperatorRole: operators.change_role,
    access.DisableOperator: operators.disable_operator,
    f.ReserveStock: reservations.reserve_stock,
    f.ReleaseStock: reservations.release_stock,
    f.ExpireReservations: reservations.expire_reservations,
    f.PickOrder: fulfilment.pick_order,
    f.HandOverOrder: fulfilment.hand_over_order,
    f.RecordDeed: fulfilment.record_deed,
    hq.RecallProduct: headquarters.recall_product,
    hq.LiftRecall: headquarters.lift_recall,
    hq.ShutRegister: headquarters.shut_register,
    hq.ReopenRegister: headquarters.reopen_register,
    hq.TransferStock: headquarters.transfer_stock,
    hq.ChangePolicy: headquarters.change_policy,
    hq.RefusePolicy: headquarters.refuse_policy,
    hq.StagePrices: pricelists.stage_prices,
    hq.ActivatePrices: pricelists.activate_prices,
    hq.RefusePrices: pricelists.refuse_prices,
}
