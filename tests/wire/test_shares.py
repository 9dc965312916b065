"""A share admits a fixed number of requests, lets some wait, and turns away the rest."""

import threading
import time
from contextlib import ExitStack

import pytest

from wire.shares import Share, ShareFull, SharePerAddress


def test_a_full_share_turns_away_at_once():
    share = Share(active=2)
    with share, share, pytest.raises(ShareFull), share:
        pass
    with share:
        pass


def test_some_may_wait_until_another_leaves():
    share = Share(active=1, waiting=1)
    entered = []

    def enter():
        with share:
            entered.append(True)

    with share:
        waiting = threading.Thread(target=enter)
        waiting.start()
        while share._waiting._value:
            time.sleep(0.001)
        with pytest.raises(ShareFull), share:
            pass
        assert not entered
    waiting.join(5)
    assert entered


def test_no_wait_exceeds_its_limit():
    share = Share(active=1, waiting=1, seconds=0.01)
    with share, pytest.raises(ShareFull), share:
        pass


def test_an_error_leaves_the_share_free():
    share = Share(active=1)
    with pytest.raises(ValueError, match="x"), share:
        raise ValueError("x")
    with ExitStack() as stack:
        stack.enter_context(share)


def test_one_address_does_not_take_all_of_a_share():
    share = SharePerAddress(active=3, each=2)
    with share.of("one"), share.of("one"):
        with pytest.raises(ShareFull), share.of("one"):
            pass
        with share.of("two"), pytest.raises(ShareFull), share.of("three"):
            pass
    with share.of("one"), share.of("one"):
        pass
