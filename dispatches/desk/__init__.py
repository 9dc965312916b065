"""The desk's verbs: every write by an editor, a machine or a command. `from dispatches import desk; desk.publish(…)`.

Each verb is atomic and checks the permission of its `actor` itself. What only keeps the machinery running is not a
verb: a feed's next poll, a key's rate limit, who has a form open, which notifications a user has seen, sessions, and
Django's own users and groups.
"""

from dispatches.desk.actors import (
    HOUSEKEEPING,
    IMPORTER,
    MAINTENANCE,
    POLLER,
    RESTORER,
    RETENTION,
    Actor,
    SystemActor,
    may_edit_report,
)
from dispatches.desk.agencies import grade_agencies
from dispatches.desk.channels import (
    create_intake_key,
    request_poll,
    reset_conditional_headers,
    revoke_intake_keys,
    use_new_address,
)
from dispatches.desk.contradictions import accept_contradiction, clear_contradiction
from dispatches.desk.developments import (
    Added,
    add_development,
    start_publishing_developments,
    stop_publishing_developments,
)
from dispatches.desk.discarding import discard_changes, return_to_live
from dispatches.desk.drafts import (
    cite,
    file_dispatch,
    get_or_file_dispatch,
    hold_signal,
    release_signal,
    reopen_draft,
    send_back,
    set_aside,
    submit,
)
from dispatches.desk.importing import Draft, Said, accept_reports, add_drafts, add_sources, add_stories, record_reports
from dispatches.desk.issuing import needs_second_person
from dispatches.desk.log import summarized
from dispatches.desk.owners import merge_owners
from dispatches.desk.publishing import clarify, correct, expunge, expunge_draft, publish, restore, update, withdraw
from dispatches.desk.readiness import NotReady
from dispatches.desk.relays import accept_proposal, accept_proposals, clear_proposal, clear_proposals, reopen_proposal
from dispatches.desk.replaying import expunge_reports
from dispatches.desk.reports import (
    Received,
    accept_newer_text,
    accept_report,
    add_source_named,
    keep_accepted_text,
    propose_credit,
    propose_relays,
    propose_relays_by_source_name,
    receive,
    record_report,
    reject_report,
    retract_report,
    set_basis,
    undo_retraction,
    undo_review,
)
from dispatches.desk.retention import prune_log, prune_reports, prune_revisions
from dispatches.desk.scheduling import cancel_schedule, move_schedule, reschedule, schedule
from dispatches.desk.site import (
    close_to_readers,
    has_due_editions,
    index_due_editions,
    open_to_readers,
    pin_lead,
    prune_index,
    rebuild_documents,
    rebuild_relations,
    reindex,
    rerate,
    unpin_lead,
)
from dispatches.desk.teamwork import comment, delete_comment, hand_over, release, take
from dispatches.desk.transactions import VERBS, deleting, publication_lock, saving

__all__ = [
    "HOUSEKEEPING",
    "IMPORTER",
    "MAINTENANCE",
    "POLLER",
    "RESTORER",
    "RETENTION",
    "VERBS",
    "Actor",
    "Added",
    "Draft",
    "NotReady",
    "Received",
    "Said",
    "SystemActor",
    "accept_contradiction",
    "accept_newer_text",
    "accept_proposal",
    "accept_proposals",
    "accept_report",
    "accept_reports",
    "add_development",
    "add_drafts",
    "add_source_named",
    "add_sources",
    "add_stories",
    "cancel_schedule",
    "cite",
    "clarify",
    "clear_contradiction",
    "clear_proposal",
    "clear_proposals",
    "close_to_readers",
    "comment",
    "correct",
    "create_intake_key",
    "delete_comment",
    "deleting",
    "discard_changes",
    "expunge",
    "expunge_draft",
    "expunge_reports",
    "file_dispatch",
    "get_or_file_dispatch",
    "grade_agencies",
    "hand_over",
    "has_due_editions",
    "hold_signal",
    "index_due_editions",
    "keep_accepted_text",
    "may_edit_report",
    "merge_owners",
    "move_schedule",
    "needs_second_person",
    "open_to_readers",
    "pin_lead",
    "propose_credit",
    "propose_relays",
    "propose_relays_by_source_name",
    "prune_index",
    "prune_log",
    "prune_reports",
    "prune_revisions",
    "publication_lock",
    "publish",
    "rebuild_documents",
    "rebuild_relations",
    "receive",
    "record_report",
    "record_reports",
    "reindex",
    "reject_report",
    "release",
    "release_signal",
    "reopen_draft",
    "reopen_proposal",
    "request_poll",
    "rerate",
    "reschedule",
    "reset_conditional_headers",
    "restore",
    "retract_report",
    "return_to_live",
    "revoke_intake_keys",
    "saving",
    "schedule",
    "send_back",
    "set_aside",
    "set_basis",
    "start_publishing_developments",
    "stop_publishing_developments",
    "submit",
    "summarized",
    "take",
    "undo_retraction",
    "undo_review",
    "unpin_lead",
    "update",
    "use_new_address",
    "withdraw",
]
