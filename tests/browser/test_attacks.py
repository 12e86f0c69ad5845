"""What somebody might try on the pages: forged forms, markup in names, frames, redirects elsewhere."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from gateway import rules
from tests.browser.traveller import two_free

MARKUP = "<img src=x onerror=alert(1)>"


class TestAForgedForm:
    @pytest.mark.parametrize(
        "path", ["/book", "/find", "/login", "/register", "/logout", "/theme", "/trips/K7Q2ZD/cancel"]
    )
    @pytest.mark.parametrize(
        "headers",
        [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}],
        ids=["without a token", "cross-site", "another origin", "a neighbour"],
    )
    def test_is_refused(self, door, path, headers):
        with httpx.Client(base_url=door, trust_env=False, timeout=30) as client:
            page = client.get("/find").text
            token = re.search(r'name="csrf" value="([^"]+)"', page)[1] if headers else "AAAA"

            refused = client.post(path, data={"csrf": token, "email": "a@b.example"}, headers=headers)

        assert refused.status_code == 403
        assert "Nothing was done" in refused.text

    def test_with_the_token_of_somebody_elses_browser_is_refused(self, door):
        theirs = httpx.get(f"{door}/find", trust_env=False, timeout=30).text
        token = re.search(r'name="csrf" value="([^"]+)"', theirs)[1]
        with httpx.Client(base_url=door, trust_env=False, timeout=30) as client:
            client.get("/find")

            assert client.post("/theme", data={"csrf": token, "theme": "dark"}).status_code == 403

    def test_from_a_page_of_another_origin_is_not_sent_with_our_cookies(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")
        target, locator = ada.page.url, ada.locator
        evil = ada.page.context.new_page()
        evil.route(
            "http://evil.example/",
            lambda route: route.fulfill(
                body=f"<form method=post action={target}/cancel><button>", content_type="text/html"
            ),
        )
        evil.goto("http://evil.example/")

        evil.get_by_role("button").click()

        expect(evil.get_by_text("Nothing was done")).to_be_visible()
        assert stack.operate("GET", "booking", f"/reservations/{locator}")["status"] == "confirmed"


class TestMarkupInANames:
    def test_is_text(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.page.on("dialog", lambda dialog: ada.wrong.append(dialog.message))
        ada.choose(departure)
        ada.tell_names(f"{MARKUP} O'Brien")
        ada.pick(seat)
        ada.go_on()
        ada.pay_by_card()

        ada.reads("You are booked")
        expect(ada.page.locator(".ticket")).to_contain_text("<img src=x")
        assert ada.page.locator("main img").count() == 0
        ada.page.goto("/search", wait_until="load")
        ada.page.goto(f"/search?from={MARKUP}&to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        assert ada.page.locator("main img, main script").count() == 0

    def test_of_an_address_runs_nothing(self, ada):
        ada.page.on("dialog", lambda dialog: ada.wrong.append(dialog.message))
        for path in (
            f"/find?locator={MARKUP}",
            f"/login?next={MARKUP}",
            f"/trips/{MARKUP}",
            f"/find/{MARKUP}",
            "/x<b>",
        ):
            ada.page.goto(path)
            assert ada.page.locator("main img").count() == 0


class TestAFrame:
    def test_around_a_page_stays_empty(self, window, door):
        page = window().new_page()
        page.route(
            "http://evil.example/",
            lambda route: route.fulfill(body=f"<iframe src={door}/login></iframe>", content_type="text/html"),
        )

        page.goto("http://evil.example/")
        page.wait_for_timeout(500)

        assert all(not frame.url.startswith(door) for frame in page.frames)

    @pytest.mark.parametrize("path", ["/", "/search", "/find", "/login", "/trips", "/trips/K7Q2ZD", "/none"])
    def test_is_forbidden_by_every_page(self, door, path):
        answer = httpx.get(door + path, headers={"Accept": "text/html"}, trust_env=False, timeout=30)

        assert answer.headers.get_list("content-security-policy") == [rules.PAGES_POLICY]
        assert answer.headers["x-frame-options"] == "DENY"
        assert "unsafe" not in rules.PAGES_POLICY


class TestARedirect:
    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/%09/evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
        ],
    )
    def test_leads_to_this_host_only(self, door, target):
        with httpx.Client(base_url=door, trust_env=False, timeout=30) as client:
            token = re.search(r'name="csrf" value="([^"]+)"', client.get("/find").text)[1]

            sent = client.post("/theme", data={"csrf": token, "theme": "dark", "back": target})

        assert sent.status_code == 303
        place = httpx.URL(door).join(sent.headers["location"])
        assert (place.host, place.port) == (httpx.URL(door).host, httpx.URL(door).port)
