"""Where spans are put around what the store does anyway; used only while tracing is on."""

from __future__ import annotations

from collections.abc import Callable

from appliance.application.dispatcher import Admit, Answer, Dispatcher
from appliance.application.ports import Context, UnitOfWork
from appliance.application.receipts import ReceiptKey
from appliance.observability.tracing import Tracing


class TracedDispatcher(Dispatcher):
    """A dispatcher whose commands are spans: the wait for the disk, and within it what the writer decides.

    The records of a command carry the traceparent of its span, so that whatever follows from them continues it.
    """

    tracing: Tracing

    async def dispatch(
        self,
        command: object,
        context: Context,
        key: ReceiptKey | None = None,
        admit: Admit | None = None,
        *,
        behind: bool = False,
    ) -> Answer:
        """See Dispatcher."""
        name = type(command).__name__
        with self.tracing.span(f"command {name}", context.traceparent, command_id=context.command_id) as traceparent:
            context.traceparent = traceparent
            return await super().dispatch(command, context, key, admit, behind=behind)

    def transaction(
        self, command: object, context: Context, key: ReceiptKey | None = None, admit: Admit | None = None
    ) -> Callable[[UnitOfWork], Answer]:
        """See Dispatcher; runs on the writer's thread."""
        decide = super().transaction(command, context, key, admit)
        name = f"writer {type(command).__name__}"

        def work(uow: UnitOfWork) -> Answer:
            with self.tracing.span(name, context.traceparent):
                return decide(uow)

        return work
