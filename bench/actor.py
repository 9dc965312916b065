"""The actor that calls verbs in the benchmarks. Import it after `django.setup()`."""

from dispatches import desk

BENCHMARK = desk.SystemActor("benchmark", frozenset(desk.VERBS) | {"save_source"})
