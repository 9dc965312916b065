"""`manage.py load_demo`: fill an empty site with two weeks of invented dispatches, one of every kind.

Drafts and their reports are written directly, as a fixture would; whatever readers see goes through the verbs.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.utils import timezone
from tqdm import tqdm

from dispatches import desk
from dispatches.desk.proposing import propose_contradictions
from dispatches.models import Citation, Development, Dispatch, Story
from dispatches.public.models import Section
from sources.intake.items import make_item
from sources.models import Holding, Owner, Report, Source

DEMO = Path(__file__).resolve().parents[2] / "demo"
LOGIN, PASSWORD = "desk", "demo-desk"
LEAD = "anthropic-accuses-alibaba"

Instance = TypeVar("Instance", bound=models.Model)


class Command(BaseCommand):
    help = "Load the demo: sources, reports and dispatches of the last two weeks. Running it again is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.WIRE_IS_LOCAL:
            raise CommandError(
                "The demo has a well-known password, so it can only be loaded if WIRE_SITE_URL is this machine. "
                f"It is {settings.WIRE_SITE_URL}."
            )
        if Dispatch.objects.filter(slug=LEAD).exists():
            self.stdout.write("The demo is already loaded.")
        else:
            with transaction.atomic():
                Demo(timezone.now()).load()
                desk.rebuild_documents(actor=desk.MAINTENANCE)
            self.stdout.write(f"Loaded {Dispatch.objects.count()} dispatches from {Report.objects.count()} reports.")
        self.stdout.write(f"Desk login: {LOGIN}, password: {PASSWORD}")


class Demo:
    """The demo content, with its times counted back from `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.cast = _read(DEMO / "cast.toml")
        self.reports: dict[str, Report] = {}

    def load(self) -> None:
        """Create everything, and publish in chronological order, as a desk would have."""
        self.editor = get_user_model().objects.filter(username=LOGIN).first() or (
            get_user_model().objects.create_superuser(LOGIN, password=PASSWORD)
        )
        self._load_cast()
        entries = [
            entry
            for path in sorted(DEMO.glob("*.toml"))
            if path.name not in {"cast.toml", "intake.toml"}
            for entry in _read(path)["dispatch"]
        ]
        steps = sorted((step for entry in entries for step in self._steps(entry)), key=lambda step: (step[0], step[1]))
        for _, _, step in tqdm(steps, desc="Loading the demo", unit=" steps", disable=None):
            step()
        desk.pin_lead(dispatch=Dispatch.objects.get(slug=LEAD), actor=self.editor)
        for each in _read(DEMO / "intake.toml")["item"]:
            self._receive(each)

    def read_time(self, text: str) -> datetime:
        """Parse "-3d 21:40" (three days ago, at that time in the desk's time zone) or "-2h10m" (before now)."""
        if match := re.fullmatch(r"([+-]\d+)d (\d\d):(\d\d)", text):
            day = timezone.localdate(self.now) + timedelta(days=int(match[1]))
            return timezone.make_aware(datetime.combine(day, time(int(match[2]), int(match[3]))))
        if match := re.fullmatch(r"-(?:(\d+)h)?(?:(\d+)m)?", text):
            return self.now - timedelta(hours=int(match[1] or 0), minutes=int(match[2] or 0))
        raise ValueError(f"not a demo time: {text!r}")

    def _load_cast(self) -> None:
        self.sections = {
            each["slug"]: _get_or_save(Section(**each, position=position), "slug")
            for position, each in enumerate(self.cast["section"], start=1)
        }
        self.stories = {each["slug"]: _get_or_save(Story(**each), "slug") for each in self.cast["story"]}
        owners: dict[str, Owner] = {}
        for each in self.cast["owner"]:
            owners[each["key"]] = _get_or_save(Owner(name=each["name"]), "name")
            if "held_by" in each and not owners[each["key"]].held_by.exists():
                _save(Holding(holder=owners[each["held_by"]], held=owners[each["key"]], percent=each["percent"]))
        self.sources = {
            each["key"]: _get_or_save(
                Source(
                    name=each["name"],
                    kind=each["kind"],
                    grade=each["grade"],
                    owner=owners.get(each.get("owner", "")),
                    is_confidential=each.get("confidential", False),
                    is_ours=each.get("ours", False),
                ),
                "name",
            )
            for each in self.cast["source"]
        }

    def _steps(self, entry: dict[str, Any]) -> Iterator[tuple[datetime, int, Callable[[], None]]]:
        """Yield what the desk does with one dispatch: (time, order within that time, action)."""
        published = self.read_time(entry["published"]) if "published" in entry else self.now
        yield published, 0, partial(self._write, entry)
        if "published" in entry:
            yield published, 1, partial(self._publish, entry["slug"], published)
        for then in entry.get("then", []):
            yield self.read_time(then["at"]), 2, partial(self._follow_up, entry["slug"], then)

    def _write(self, entry: dict[str, Any]) -> None:
        dispatch = Dispatch(
            slug=entry["slug"],
            section=self.sections[entry["section"]],
            story=self.stories.get(entry.get("story", "")),
            headline=entry["headline"],
            tldr=entry["tldr"],
            body=entry["body"].strip(),
            claim_kind=entry["claim"],
        )
        _save(dispatch)
        developments = [self._develop(dispatch, each) for each in entry.get("development", [])]
        for each in entry.get("report", []):
            self._report(each)
            self._cite(dispatch, each, self.reports[each["key"]], developments)
        for each in entry.get("cites", []):
            self._cite(dispatch, each, self.reports[each["report"]], developments)
        propose_contradictions(dispatch)

    def _publish(self, slug: str, at: datetime) -> None:
        verb = desk.schedule if at > self.now else desk.publish
        verb(dispatch=Dispatch.objects.get(slug=slug), actor=self.editor, at=at)

    def _follow_up(self, slug: str, then: dict[str, Any]) -> None:
        dispatch = Dispatch.objects.get(slug=slug)
        at = self.read_time(then["at"])
        for name in {"headline", "tldr", "body"} & then.keys():
            setattr(dispatch, name, then[name].strip())
        _save(dispatch)
        developments = list(dispatch.developments.order_by("at", "pk"))
        developments += [self._develop(dispatch, each) for each in then.get("developments", [])]
        for each in then.get("reports", []):
            self._report(each)
            self._cite(dispatch, each, self.reports[each["key"]], developments)
        for each in then.get("resolve", []):
            citation = dispatch.citations.get(report=self.reports[each["report"]])
            citation.resolution = each["resolution"]
            _save(citation)
        for key in then.get("retract", []):
            desk.retract_report(report=self.reports[key], actor=self.editor, at=at - timedelta(minutes=1))
        verbs: dict[str, Callable[..., object]] = {
            "update": desk.update,
            "correct": desk.correct,
            "clarify": desk.clarify,
            "withdraw": desk.withdraw,
        }
        verbs[then["verb"]](dispatch=dispatch, actor=self.editor, note=then["note"], at=at)

    def _develop(self, dispatch: Dispatch, each: dict[str, Any]) -> Development:
        return _save(Development(dispatch=dispatch, at=self.read_time(each["at"]), text=each["text"]))

    def _report(self, each: dict[str, Any]) -> None:
        report = Report(
            source=self.sources[each["source"]],
            external_id=f"demo:{each['key']}",
            title=each["title"],
            text=each["text"],
            url=each.get("url", ""),
            said_at=self.read_time(each["at"]),
            basis=each["basis"],
            relays=self.reports.get(each.get("relays", "")),
            credits=self.sources.get(each.get("credits", "")),
        )
        self.reports[each["key"]] = _save(report)
        if "reviewed" in each:
            desk.accept_report(report=report, actor=self.editor, at=self.read_time(each["reviewed"]))

    def _receive(self, each: dict[str, Any]) -> None:
        """Receive an item as from a feed: pending, with proposals for what it relays."""
        item = make_item(
            title=each["title"],
            text=each["text"].strip(),
            external_id=each["id"],
            byline=each.get("byline", ""),
            said_at=self.read_time(each["at"]),
            basis=each.get("basis", ""),
        )
        desk.receive(source=self.sources[each["source"]], items=[item], actor=desk.POLLER)

    def _cite(self, dispatch: Dispatch, each: dict[str, Any], report: Report, developments: list[Development]) -> None:
        _save(
            Citation(
                dispatch=dispatch,
                report=report,
                development=developments[each["for"] - 1] if "for" in each else None,
                stance=each.get("stance", "supports"),
                is_interested=each.get("interested", False),
                resolution=each.get("resolution", ""),
                position=dispatch.citations.count() + 1,
            )
        )


def _read(path: Path) -> dict[str, Any]:
    """Read a file of the demo, which then names the site as the settings do."""
    # What JSON escapes in a string, TOML does, too.
    name = json.dumps(settings.WIRE_SITE_NAME, ensure_ascii=False)[1:-1]
    return tomllib.loads(path.read_text("utf-8").replace("The Zioneer", name))


def _save(instance: Instance) -> Instance:
    instance.full_clean()
    instance.save()
    return instance


def _get_or_save(instance: Any, by: str) -> Any:
    """Return the existing object with the same value in the field `by`, or save this one."""
    existing = type(instance).objects.filter(**{by: getattr(instance, by)}).first()
    return existing or _save(instance)
