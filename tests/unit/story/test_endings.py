"""Every recorded ending gets its story: the right cause, word for word, in at most ten lines."""

import pytest

from greenlight.story import MAX_LINES, Cause
from tests.unit.story.recorded import every

ENDINGS = every()
NEVER_RECORDED = {Cause.PAUSE_REFUSED}
"""What test_telling.py covers."""


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_the_story_is_the_recorded_one(ending):
    """The cause and every line."""
    story = ending.story

    assert (ending.document["cause"], ending.document["good"]) == (story.cause, story.good)
    assert ending.document["lines"] == list(story.lines)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_a_story_is_short_and_begins_with_all_of_it(ending):
    """Ten lines at most; the first is the headline; who has to do something is told what."""
    story = ending.story

    assert len(story.lines) <= MAX_LINES
    assert story.headline == story.lines[0]
    assert story.text.splitlines() == list(story.lines)
    assert story.lines[-1].startswith("next: ") or story.cause is Cause.SUCCEEDED


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_an_ending_says_where_its_text_comes_from(ending):
    """What ECS is quoted with was published, or is marked as ours."""
    assert ending.document["source"]
    assert ending.document["title"]


def test_every_cause_is_recorded():
    """No cause is told that nobody has looked at."""
    recorded = {ending.document["cause"] for ending in ENDINGS}

    assert set(Cause) - NEVER_RECORDED == recorded


@pytest.mark.parametrize("ending", [each for each in ENDINGS if each.document["verdicts"]], ids=lambda each: each.name)
def test_without_its_record_a_story_is_never_better(ending):
    """What is not known makes nothing good, and a story is still told."""
    from greenlight.story import tell

    known = ending.story
    story = tell(ending.deployment, [], [], functions=ending.document["functions"])

    assert len(story.lines) <= MAX_LINES
    assert not story.good or known.good or known.cause is Cause.HOOK_TIMEOUT
