"""A port that is taken or is none is reported in words, also if its owner shares it."""

import socket

import pytest

from wire.ports import PortError, check_port, read_port


@pytest.mark.parametrize("text", ["", "0", "-1", "65536", "eighty", "８０８０", "80 "])
def test_what_is_no_port_is_refused(text):
    with pytest.raises(PortError, match="is not a port"):
        read_port(text)


@pytest.mark.parametrize(("asked", "taken"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::1"), ("::1", "::1")])
def test_a_taken_port_is_refused_even_if_it_is_shared(asked, taken):
    with socket.socket(socket.AF_INET6 if ":" in taken else socket.AF_INET) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            other.bind((taken, 0))
        except OSError:
            pytest.skip(f"This machine has no address {taken}.")
        other.listen()
        with pytest.raises(PortError, match="Another server listens on port"):
            check_port(asked, other.getsockname()[1])


def test_a_free_port_is_accepted_and_an_address_of_another_machine_is_not():
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    assert read_port(str(port)) == port
    check_port("127.0.0.1", port)
    with pytest.raises(PortError, match=r"192\.0\.2\.1 port \d+ can't be used"):
        check_port("192.0.2.1", port)
