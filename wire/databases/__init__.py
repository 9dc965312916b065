"""Django's database backends, with the wall: readers' connections are enclosed, and no other serves a reader."""
