"""Store rendered pages within a limit, and find their responses by raw request."""

from collections import OrderedDict, deque
from collections.abc import Iterator

from wire.cache.requests import PageKey
from wire.cache.responses import EncodedResponse, Page

RequestKey = tuple[str | None, ...]

# Limits: raw requests in all, raw requests for one page, and characters of each.
MAX_REQUEST_KEYS, MAX_SPELLINGS, MAX_KEY_LENGTH = 5_000, 32, 500


class RequestIndex(dict[RequestKey, EncodedResponse]):
    """Responses by raw request.

    A page can be requested in any number of ways: with other hosts' ports, Accept-Encoding headers, ignored
    parameters. Only the latest few for each page are kept, so that they can't displace those for other pages.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_page: dict[PageKey, deque[RequestKey]] = {}

    def add(self, request_key: RequestKey, page_key: PageKey, answer: EncodedResponse) -> None:
        """Add a request for a page, unless its key is too long."""
        if sum(map(len, filter(None, request_key))) > MAX_KEY_LENGTH:
            return
        if len(self) >= MAX_REQUEST_KEYS:
            self.clear()
            self._by_page.clear()
        if request_key not in self:
            known = self._by_page.setdefault(page_key, deque())
            if len(known) >= MAX_SPELLINGS:
                del self[known.popleft()]
            known.append(request_key)
        self[request_key] = answer

    def remove_page(self, page_key: PageKey) -> None:
        """Remove all requests for a page."""
        for request_key in self._by_page.pop(page_key, ()):
            del self[request_key]


class PageStore:
    """Pages by key, within a size in bytes. The pages stored longest ago are evicted.

    Pages with a query string, which readers compose at will, evict only each other: they share a part of the size.
    """

    def __init__(self, bound: int) -> None:
        self._shelves = {True: _Shelf(bound * 2 // 3), False: _Shelf(bound - bound * 2 // 3)}

    def get(self, page_key: PageKey) -> Page | None:
        return self._shelf(page_key).pages.get(page_key)

    def put(self, page_key: PageKey, page: Page) -> list[PageKey]:
        """Store a page, and return the keys of those evicted for it."""
        return self._shelf(page_key).put(page_key, page)

    def latest(self) -> Iterator[tuple[PageKey, Page]]:
        """All pages, the ones stored last first, and those without a query string before others."""
        for shelf in self._shelves.values():
            yield from reversed(shelf.pages.items())

    @property
    def size(self) -> int:
        return sum(shelf.size for shelf in self._shelves.values())

    def __len__(self) -> int:
        return sum(len(shelf.pages) for shelf in self._shelves.values())

    def _shelf(self, page_key: PageKey) -> "_Shelf":
        return self._shelves[not page_key.query]


class _Shelf:
    def __init__(self, bound: int) -> None:
        self.pages: OrderedDict[PageKey, Page] = OrderedDict()
        self.size, self._bound = 0, bound

    def put(self, page_key: PageKey, page: Page) -> list[PageKey]:
        before = self.pages.pop(page_key, None)
        self.pages[page_key] = page
        self.size -= before.size if before else 0
        encoded = sum(len(answer.body) for answer in page.encoded.values())
        page.size = 2_000 + 2 * (len(page_key.path) + len(page_key.query)) + len(page.body) + encoded
        self.size += page.size
        evicted = []
        while self.size > self._bound and len(self.pages) > 1:
            oldest, page = self.pages.popitem(last=False)
            self.size -= page.size
            evicted.append(oldest)
        return evicted
