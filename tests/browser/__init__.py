import pytest

# What it compares shall be seen when it differs.
pytest.register_assert_rewrite("tests.browser.ledger")
