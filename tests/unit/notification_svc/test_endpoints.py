"""Where webhooks may point: the table of addresses that nobody gets us to speak to."""

import ipaddress

import pytest

from notification_svc.domain.endpoints import EndpointRefused, check_addresses, may_connect, read_endpoint

NEVER = [
    "0.0.0.0",  # "this host": Linux connects to itself
    "0.1.2.3",
    "100.64.0.1",  # a carrier's own network
    "100.100.100.200",  # Alibaba's metadata
    "168.63.129.16",  # Azure's
    "169.254.0.1",
    "169.254.169.254",  # everybody else's
    "192.0.0.192",  # Oracle's
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",  # 169.254.169.254 behind NAT64
    "2002:a9fe:a9fe::1",  # the same behind 6to4
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "3fff::1",
    "5f00::1",
    "100::1",
]
ONLY_FOR_TRYING_OUT = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
]
PUBLIC = ["93.184.215.14", "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


class TestMayConnect:
    @pytest.mark.parametrize("address", NEVER)
    @pytest.mark.parametrize("private", [True, False])
    def test_refuses_what_is_never_a_receiver(self, address, private):
        assert not may_connect(ipaddress.ip_address(address), private=private)

    @pytest.mark.parametrize("address", ONLY_FOR_TRYING_OUT)
    def test_allows_this_machine_and_private_networks_only_if_a_setting_says_so(self, address):
        judged = [may_connect(ipaddress.ip_address(address), private=private) for private in (False, True)]

        assert judged == [False, True]

    @pytest.mark.parametrize("address", PUBLIC)
    @pytest.mark.parametrize("private", [True, False])
    def test_allows_the_public_internet(self, address, private):
        assert may_connect(ipaddress.ip_address(address), private=private)


class TestCheckAddresses:
    def test_refuses_a_host_of_which_one_address_is_private(self):
        mixed = [ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")]

        with pytest.raises(EndpointRefused, match=r"hooks.example.org is at 10.0.0.1, which is not"):
            check_addresses("hooks.example.org", mixed, private=False)

    def test_refuses_a_host_without_an_address(self):
        with pytest.raises(EndpointRefused, match="has no address"):
            check_addresses("hooks.example.org", [], private=True)


class TestReadEndpoint:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("http://hooks.example.org/", "https only"),
            ("ftp://hooks.example.org/", "https only"),
            ("file:///etc/passwd", "https only"),
            ("//hooks.example.org/", "https only"),
            ("hooks.example.org", "https only"),
            ("", "https only"),
            ("https://", "names no host"),
            ("https:///path", "names no host"),
            ("https://ada:secret@hooks.example.org/", "no user name"),
            ("https://hooks.example.org@10.0.0.1/", "no user name"),
            ("https://hooks.example.org/#part", "no #fragment"),
            ("https://hooks.example.org:22/", "port 443 and to ports from 1024"),
            ("https://hooks.example.org:80/", "port 443 and to ports from 1024"),
            ("https://hooks.example.org:0/", "port is no port"),
            ("https://hooks.example.org:65536/", "no URL"),
            ("https://hooks.example.org:x/", "no URL"),
            ("https://[::1/", "no URL"),
            ("https://hooks.example.org\\@10.0.0.1/", "printable ASCII"),
            ("https://hooks.example.org/a b", "printable ASCII"),
            ("https://hooks.example.org/\r\nHost: x", "printable ASCII"),
            ("https://höoks.example.org/", "printable ASCII"),
            ("https://hooks.example.org/" + "a" * 500, "at most 500"),
            ("https://127.0.0.1/", "not an address of the public internet"),
            ("https://[::1]/", "not an address of the public internet"),
            ("https://[::ffff:10.0.0.1]/", "not an address of the public internet"),
            ("https://169.254.169.254/latest/meta-data", "not an address of the public internet"),
            ("https://localhost/", "not an address of the public internet"),
            ("https://LOCALHOST./", "not an address of the public internet"),
            ("https://me.localhost/", "not an address of the public internet"),
        ],
    )
    def test_refuses(self, url, said):
        with pytest.raises(EndpointRefused, match=said):
            read_endpoint(url, private=False)

    def test_takes_a_url_apart(self):
        endpoint = read_endpoint("https://Hooks.example.org:8443/in/aerosaga?key=1%20", private=False)

        assert (endpoint.scheme, endpoint.host, endpoint.port) == ("https", "hooks.example.org", 8443)
        assert (endpoint.target, endpoint.authority) == ("/in/aerosaga?key=1%20", "hooks.example.org:8443")

    @pytest.mark.parametrize(
        ("url", "authority"),
        [
            ("https://hooks.example.org", "hooks.example.org"),
            ("https://hooks.example.org:443/x", "hooks.example.org"),
            ("https://[2606:4700:4700::1111]:8443/", "[2606:4700:4700::1111]:8443"),
            ("http://127.0.0.1:8700/", "127.0.0.1:8700"),
            ("http://127.0.0.1/", "127.0.0.1"),
        ],
    )
    def test_writes_the_host_header_as_browsers_do(self, url, authority):
        assert read_endpoint(url, private=True).authority == authority

    @pytest.mark.parametrize("url", ["http://localhost:8700/", "http://10.0.0.1:81/", "https://[::1]/"])
    def test_takes_this_machine_for_trying_things_out(self, url):
        assert read_endpoint(url, private=True)

    def test_keeps_metadata_closed_even_then(self):
        with pytest.raises(EndpointRefused):
            read_endpoint("http://169.254.169.254/latest/meta-data", private=True)
