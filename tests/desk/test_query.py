"""A queue's filters as a query string, which anybody may write."""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from torchdojo.desk.query import SORTS, VIEWS, QueueQuery

words = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=40)
queries = st.builds(
    QueueQuery,
    views=st.frozensets(st.sampled_from(list(VIEWS))),
    chapter=words,
    status=words,
    mistake=words,
    check=words,
    answer=words,
    text=st.lists(words.filter(bool), max_size=4).map(" ".join),
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
    page=st.integers(1, 1_000_000),
)


@given(queries)
def test_a_query_string_says_the_whole_query(query: QueueQuery) -> None:
    assert QueueQuery.parse(str(query)) == query


@given(st.text() | st.dictionaries(st.sampled_from(["show", "q", "sort", "page", "check"]), st.text()).map(urlencode))
def test_any_query_string_is_read(text: str) -> None:
    query = QueueQuery.parse(text)
    assert query.page >= 1
    assert QueueQuery.parse(str(query)) == query


def test_what_it_cannot_mean_is_left_out() -> None:
    query = QueueQuery.parse("show=nonsense&show=attention&sort=-nonsense&page=-3&against=stub&q=%20ada%20%20l%20")
    assert query == QueueQuery(views=frozenset({"attention"}), text="ada l")
    assert QueueQuery.parse("page=9" + "9" * 5000).page == 1_000_000
    assert QueueQuery.parse("&".join("show=attention" for _ in range(500))) == QueueQuery()


def test_a_filter_begins_at_the_first_page() -> None:
    query = QueueQuery.parse("show=lowest&sort=-points&page=4")
    assert str(query.toggled("attention")) == "show=attention&show=lowest&sort=-points"
    assert str(query.toggled("lowest")) == "sort=-points"
    assert str(query.sorted_by("points", descending=False)) == "show=lowest&sort=points"
    assert str(query.sorted_by("mistakes", descending=True)) == "show=lowest&sort=-mistakes"
    assert str(query.only_mistake("a/b/c")) == "mistake=a%2Fb%2Fc&sort=-points"
