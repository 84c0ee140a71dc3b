"""On a shared computer somebody else may sign in beside a running test: no answer goes into their attempt."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# The token of the running test has run out; the sign-in of this browser is by now that of another candidate.
ANSWERS = """
    const { ExamApi } = await import('/player/api.js');
    const sent = [];
    let signedIn = 'theirs';
    globalThis.fetch = (url, { method, headers }) => {
        sent.push(`${method} ${url} ${headers.Authorization ?? ''}`);
        const [status, body] = url.endsWith('/current') ? [200, { attempt_id: signedIn, token: `token-${signedIn}` }]
            : headers.Authorization === 'Bearer token-mine' ? [200, { sequence: 1 }] : [401, { code: 'invalid_token' }];
        return Promise.resolve(new Response(JSON.stringify(body), { status }));
    };
    const api = new ExamApi('/api/attempts');
    api.token = 'old';
    api.attemptId = 'mine';
    const save = () => api.save('mine', 1, { sequence: 1, response: null }).then(() => 200, (error) => error.status);
"""


def test_a_token_of_somebody_else_is_never_taken_and_ones_own_is(page: Page) -> None:
    found = page.evaluate(
        f"""async () => {{ {ANSWERS}
            const refused = await save();
            const before = [...sent];
            signedIn = 'mine';
            return {{ refused, before, after: await save(), token: api.token }};
        }}"""
    )
    assert found["refused"] == 401
    assert not [call for call in found["before"] if "theirs" in call], (
        "nothing went out under the other token"
    )
    assert (found["after"], found["token"]) == (200, "token-mine")
