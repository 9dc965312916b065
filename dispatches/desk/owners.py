"""Making two owners one."""

from dispatches.desk.transactions import changing_owners, changing_sources
from sources.models import Holding, Owner, Source


def merge_owners(*, keep: Owner, gone: Owner) -> None:
    """Make two owners one: everything that `gone` owned, held, or was held by becomes `keep`'s."""
    moved = list(gone.sources.all())
    with changing_owners(), changing_sources(*moved):
        Source.objects.filter(owner=gone).update(owner=keep)
        for holding in Holding.objects.filter(holder=gone):
            _move_holding(holding, holder=keep, held=holding.held)
        for holding in Holding.objects.filter(held=gone):
            _move_holding(holding, holder=holding.holder, held=keep)
        gone.delete()


def _move_holding(holding: Holding, *, holder: Owner, held: Owner) -> None:
    """Give a holding other ends. Where there is one between these two already, the shares add up."""
    there = Holding.objects.filter(holder=holder, held=held).exclude(pk=holding.pk).first()
    has_controller = Holding.objects.filter(held=held, is_control=True).exclude(pk=holding.pk).exists()
    if holder == held:
        holding.delete()
    elif there:
        shares = [each.percent for each in (there, holding) if each.percent is not None]
        there.percent = min(sum(shares), 100) if shares else None
        there.is_control = there.is_control or (holding.is_control and not has_controller)
        there.save()
        holding.delete()
    else:
        holding.holder, holding.held = holder, held
        holding.is_control = holding.is_control and not has_controller
        holding.save()
