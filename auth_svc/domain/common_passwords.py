"""The passwords that are tried first, in small letters; those shorter than eight characters are refused anyway."""

COMMON = frozenset(
    """
    00000000 0123456789 0987654321 11111111 111111111 1111111111 11223344 12121212 123123123 123321123 12341234
    12345678 123456789 1234567890 12345678a 1234567a 1234qwer 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 87654321
    987654321 a1234567 a12345678 a1b2c3d4 aa123456 abc12345 abcd1234 abcdefg1 abcdefgh admin123 admin1234
    admin12345 adminadmin administrator aeroplane aerosaga aircraft airline1 airlines airplane alexander
    alexandra arsenal1 asdf1234 asdfghjk asdfghjkl autumn2026 azerty123 azertyuiop babygirl babygirl1 barcelona
    baseball baseball1 basketball batman123 benjamin blink182 boarding butterfly changeme changeme1 changeme123
    charlie1 chelsea1 chocolate christopher cocacola computer computer1 contrasena correcthorsebatterystaple
    corvette creative danielle december default1 departure diamond1 dragon123 elephant elizabeth flight123
    football football1 forever1 freedom1 guest123 hello123 hello1234 holiday1 hunter2hunter2 ilovegod iloveyou
    iloveyou1 iloveyou2 internet internet1 january1 jennifer jessica1 jonathan jordan23 juventus killer123
    letmein1 letmein123 liverpool liverpool1 login123 lovelove loveyou1 marlboro master123 maverick mercedes
    michael1 michelle midnight minecraft monkey123 motdepasse mustang1 nicholas november p@ssw0rd p@ssword
    parola123 passenger passord1 passw0rd password password! password1 password1! password12 password123
    password1234 passwort passwort1 patrick1 pokemon1 pokemon123 princess princess1 q1w2e3r4 q1w2e3r4t5
    qazwsxedc qwer1234 qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop qwertzui qwertzuiop
    rainbow1 root1234 rootroot samantha samsung1 scorpion secret12 secret123 senha123 september shadow123
    snoopy12 spiderman spring2026 startrek starwars stephanie summer2024 summer2025 summer2026 sunflower
    sunshine sunshine1 superman superman1 test1234 test12345 testing1 testing123 testtest thomas123 traveler
    traveller trustno1 user1234 username vacation victoria welcome1 welcome12 welcome123 welcome2024 welcome2025
    welcome2026 whatever whatever1 winter2024 winter2025 winter2026 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123
    """.split()  # noqa: SIM905 (one a line would be two hundred lines)
)
