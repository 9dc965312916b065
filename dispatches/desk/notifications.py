"""What concerns one user: mentions, hand-overs, and what became of their dispatches.

Nothing is stored for it: comments, assignments and editions already say what happened, and when. So an edition that
was scheduled is announced when its time comes, and what was deleted is not announced any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dispatches.models import Assignment, Bell, Comment, Dispatch, Issuance
from dispatches.models.teamwork import Work
from dispatches.public.models import Edition
from dispatches.public.prepared import ask

# For how long notifications are listed, and how many at most.
PERIOD = timedelta(days=14)
SHOWN = 60


class Kind(StrEnum):
    MENTION = "mentioned you"
    COMMENT = "commented"
    HAND_OVER = "handed it over to you"
    SIGNAL = "Its Signal changed"
    WENT_LIVE = "The scheduled edition went live"
    CALLED_OFF = "The scheduled edition was called off"


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing that happened. `by` is empty if nobody did it; `detail` is the comment, the Signal, or the reason."""

    kind: Kind
    at: datetime
    work: Work
    by: str = ""
    detail: str = ""
    is_new: bool = False

    @property
    def title(self) -> str:
        return self.work.headline if isinstance(self.work, Dispatch) else self.work.title


def notifications(user: User, now: datetime) -> list[Notification]:
    """Return the notifications of the last two weeks, newest first."""
    seen_until, since = _seen_until(user, now), now - PERIOD
    found: list[Notification] = []
    for kind, rows in _happened(user, since, now).items():
        newest = rows.order_by("-happened_at")[:SHOWN]
        found += [_READ[kind](kind, row, row.happened_at > seen_until) for row in newest]
    return sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN]


def count_new(user: User, now: datetime) -> int:
    """Return how many notifications a user has not seen: one query, and another if there may be any."""
    since = max(user.date_joined, now - PERIOD)
    if not any(ask("may have notifications", _may_have_new, user.pk, since)[0]):
        return 0
    seen = Bell.objects.filter(user=user).values("seen_until")
    first, *others = (
        rows.filter(happened_at__gt=Coalesce(Subquery(seen), since)).order_by().values_list("happened_at")
        for rows in _happened(user, since, now).values()
    )
    return first.union(*others, all=True).count()


def _may_have_new(user: int, since: datetime) -> QuerySet[Any]:
    """Ask for everything that may concern a user and is new to them, whatever they may see and whatever is live.

    Each page of the desk asks this, and the answer is nearly always no.
    """
    seen = Bell.objects.filter(user=user).values("seen_until")
    after = Coalesce(Subquery(seen), since)
    own = own_dispatches(user).values("pk")
    comments = Comment.objects.filter(written_at__gt=after).exclude(author=user)
    # What was called off was to go live later still.
    concerns = Q(edition__kind=Edition.Kind.SIGNAL) | Q(edition__live_at__gt=F("issued_at"))
    return User.objects.filter(pk=user).values_list(
        Exists(comments.filter(Q(mentioned=user) | Q(dispatch__in=own) | Q(report__assignment__user=user)).order_by()),
        Exists(Assignment.objects.filter(user=user, assigned_at__gt=after).exclude(assigned_by=user)),
        Exists(Issuance.objects.filter(concerns, edition__live_at__gt=after, dispatch__in=own).order_by()),
    )


def mark_as_seen(user: User, until: datetime) -> None:
    """Record that a user has seen their notifications up to this time."""
    bell, is_new = Bell.objects.get_or_create(user=user, defaults={"seen_until": until})
    if not is_new and bell.seen_until < until:
        bell.seen_until = until
        bell.save(update_fields=["seen_until"])


def own_dispatches(user: User | int) -> QuerySet[Dispatch]:
    """Return the dispatches that are a user's work: assigned to them, or theirs and assigned to nobody."""
    return Dispatch.objects.filter(Q(assignment__user=user) | Q(author=user, assignment=None)).order_by()


def _seen_until(user: User, now: datetime) -> datetime:
    seen = Bell.objects.filter(user=user).values_list("seen_until", flat=True).first()
    return seen or user.date_joined


def _happened(user: User, since: datetime, now: datetime) -> dict[Kind, QuerySet[Any]]:
    """Return a queryset for each kind of event in a period; its rows have `happened_at`."""
    own = own_dispatches(user)
    comments: Any = Comment.objects.visible_to(user).exclude(author=user)
    comments = comments.select_related("dispatch", "report__source", "author")
    on_own_work = Q(dispatch__in=own.values("pk")) | Q(report__assignment__user=user)
    handed: Any = Assignment.objects.visible_to(user).filter(user=user).exclude(assigned_by=user)
    issued = Issuance.objects.filter(dispatch__in=own.values("pk")).select_related("dispatch", "edition")
    seen = issued.filter(edition__in=Edition.objects.seen(now).order_by()).annotate(happened_at=F("edition__live_at"))
    rows = {
        Kind.MENTION: comments.filter(mentioned=user).annotate(happened_at=F("written_at")),
        Kind.COMMENT: comments.filter(on_own_work).exclude(mentioned=user).annotate(happened_at=F("written_at")),
        Kind.HAND_OVER: handed.select_related("dispatch", "report__source", "assigned_by").annotate(
            happened_at=F("assigned_at")
        ),
        Kind.SIGNAL: seen.filter(edition__kind=Edition.Kind.SIGNAL, edition__moves_signal=True),
        # What is issued at once is live before it is recorded; what is scheduled, later.
        Kind.WENT_LIVE: seen.exclude(edition__kind=Edition.Kind.SIGNAL).filter(edition__live_at__gt=F("issued_at")),
        Kind.CALLED_OFF: issued.filter(ended=Issuance.End.UNSUPPORTED).annotate(happened_at=F("ended_at")),
    }
    return {kind: each.filter(happened_at__gt=since, happened_at__lte=now) for kind, each in rows.items()}


def _of_comment(kind: Kind, comment: Comment, is_new: bool) -> Notification:
    return Notification(kind, comment.written_at, comment.work, _name(comment.author), comment.text, is_new)


def _of_assignment(kind: Kind, assignment: Assignment, is_new: bool) -> Notification:
    return Notification(kind, assignment.assigned_at, assignment.work, _name(assignment.assigned_by), is_new=is_new)


def _of_edition(kind: Kind, issuance: Any, is_new: bool) -> Notification:
    edition = issuance.edition
    rating = f"{edition.signal.word}{', disputed' if edition.is_disputed else ''}"
    return Notification(kind, edition.live_at, issuance.dispatch, detail=f"Rated {rating}.", is_new=is_new)


def _of_end(kind: Kind, issuance: Any, is_new: bool) -> Notification:
    why = "Nothing supports what was scheduled any more, so it does not go live."
    return Notification(kind, issuance.ended_at, issuance.dispatch, detail=why, is_new=is_new)


_READ: dict[Kind, Any] = {
    Kind.MENTION: _of_comment,
    Kind.COMMENT: _of_comment,
    Kind.HAND_OVER: _of_assignment,
    Kind.SIGNAL: _of_edition,
    Kind.WENT_LIVE: _of_edition,
    Kind.CALLED_OFF: _of_end,
}


def _name(user: User | None) -> str:
    return user.get_username() if user else "A former colleague"
