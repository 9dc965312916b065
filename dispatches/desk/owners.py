"""Merge two owners into one."""

from dispatches.desk.actors import Actor
from dispatches.desk.readiness import NotReady
from dispatches.desk.transactions import changing_owners, changing_sources, verb
from sources.models import Holding, Owner, Source


@verb("sources.change_owner")
def merge_owners(*, into: Owner, merged: Owner, actor: Actor) -> None:
    """Move everything that `merged` owned, held, or was held by to `into`, and delete it. Raises NotReady."""
    if into == merged:
        raise NotReady(["Choose a different owner."])
    sources = list(merged.sources.all())
    with changing_owners(), changing_sources(*sources):
        Source.objects.filter(owner=merged).update(owner=into)
        for holding in Holding.objects.filter(holder=merged):
            _move_holding(holding, holder=into, held=holding.held)
        for holding in Holding.objects.filter(held=merged):
            _move_holding(holding, holder=holding.holder, held=into)
        merged.delete()


def _move_holding(holding: Holding, *, holder: Owner, held: Owner) -> None:
    """Move a holding to another holder or held owner. If these two have one already, the shares add up."""
    existing = Holding.objects.filter(holder=holder, held=held).exclude(pk=holding.pk).first()
    has_controller = Holding.objects.filter(held=held, is_control=True).exclude(pk=holding.pk).exists()
    if holder == held:
        holding.delete()
    elif existing:
        shares = [each.percent for each in (existing, holding) if each.percent is not None]
        existing.percent = min(sum(shares), 100) if shares else None
        existing.is_control = existing.is_control or (holding.is_control and not has_controller)
        existing.save()
        holding.delete()
    else:
        holding.holder, holding.held = holder, held
        holding.is_control = holding.is_control and not has_controller
        holding.save()
