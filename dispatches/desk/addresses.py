"""Which address does a headline give? Hebrew and Arabic letters are written in Latin ones."""

from django.utils.text import slugify

LONGEST = 100

# Each letter, and what stands for it.
_HEBREW = "אa בb גg דd הh וv זz חh טt יy כk ךk לl מm םm נn ןn סs עa פp ףp צts ץts קk רr שsh תt"
_ARABIC = (
    "اa أa إi آa بb تt ثth جj حh خkh دd ذdh رr زz سs شsh صs ضd طt ظz عa غgh فf قq كk لl مm نn هh وw ؤw يy ئy ىa ةa "
    "پp چch ژzh گg کk یy"
)
_LATIN = str.maketrans({pair[0]: pair[1:] for pair in f"{_HEBREW} {_ARABIC}".split()})


def slug_of(headline: str) -> str:
    """Return the end of an address, empty for a headline without letters or digits that it can be made from.

    >>> slug_of("The port is closed"), slug_of("הנמל נסגר"), slug_of("أُغلق الميناء")
    ('the-port-is-closed', 'hnml-nsgr', 'aghlq-almyna')
    """
    return slugify(headline.translate(_LATIN))[:LONGEST].strip("-")
