"""Random texts from two vocabularies: words of published texts, and words that occur in hidden texts only."""

from random import Random

PUBLIC = """harbour strike Haifa dockworkers roster budget vote minister indictment registration lighthouse lamp ships
cranes choir concert Eilat rain gusts north ministry denies confirms talks resume port rail light closed opened ferry
inquiry court hearing water prices tariff union""".split()  # noqa: SIM905 (a list of words reads better so)
HIDDEN = """resignation lightkeeper registrar tunnel aqueduct sandglass crossbow umbrella informant safehouse dossier
wiretap courier""".split()  # noqa: SIM905


def sentence(random: Random, words: list[str], least: int = 3, most: int = 8) -> str:
    return " ".join(random.choices(words, k=random.randint(least, most))).capitalize()


def hidden_sentence(random: Random) -> str:
    """A sentence of public words mixed with words that occur in hidden texts only."""
    return sentence(random, PUBLIC + 3 * HIDDEN)


def queries(random: Random) -> list[str]:
    """Searches: whole words, unfinished and misspelled ones, phrases, exclusions; public and hidden words."""
    words = random.sample(PUBLIC, 4) + random.sample(HIDDEN, 3)
    cut = [word[: random.randint(2, max(3, len(word) - 2))] for word in random.sample(words, 3)]
    wrong = [misspelled(random, word) for word in random.sample(words, 3)]
    pairs = [" ".join(random.sample(words, 2)) for _ in range(3)]
    return [*words, *cut, *wrong, *pairs, f'"{pairs[0]}"', f"{words[0]} -{words[-1]}"]


def misspelled(random: Random, word: str) -> str:
    at = random.randrange(1, max(2, len(word) - 2))
    return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
