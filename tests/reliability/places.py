"""Where each request, task and event is killed in the crash matrix; what is not has its reason."""

#: The use case whose COMMIT each request of the rights table ends with. Those of every service are under "every".
REQUESTS = {
    "every PATCH /parked/{message_id}": "payment.edit",
    "every DELETE /parked/{message_id}": "payment.drop",
    "every POST /parked/{message_id}/redrive": "payment._apply",
    "every POST /replays": "booking.replay",
    "airline PUT /airlines": "airline.put_airlines",
    "airline PUT /airports": "airline.put_airports",
    "flight POST /departures/{departure_id}/delays": "flight.delay",
    "flight POST /departures/{departure_id}/cancellation": "flight.cancel",
    "flight PUT /schedule/{day}": "flight.schedule",
    "fare PUT /fares": "fare.put_fares",
    "fare DELETE /fares/{fare_id}": "fare.withdraw",
    "fare PUT /seasons": "fare.put_seasons",
    "fare PUT /rules": "fare.put_rules",
    "booking POST /reservations": "booking.request_reservation",
    "booking POST /reservations/{locator}/cancellations": "booking.cancel",
    "booking POST /reservations/{locator}/codes": "booking.note_request",
    "booking POST /reservations/{locator}/access": "booking._try",
    "booking POST /sagas/runs/{run_id}/retries": "booking.retry",
    "booking POST /sagas/runs/{run_id}/rewinds": "booking.rewind",
    "payment POST /payments": "payment.pay_later",
    "payment POST /payments/{auth_id}/refunds": "payment.request_refund",
    "payment POST /wallets": "payment.open_wallet",
    "payment POST /wallets/{token}/deposits": "payment.deposit",
    "notification POST /messages/{name}/redeliveries": "notification.redeliver",
    "notification POST /webhooks": "notification.add_webhook",
    "notification PATCH /webhooks/{webhook_id}": "notification.change_webhook",
    "notification DELETE /webhooks/{webhook_id}": "notification.remove_webhook",
    "notification POST /webhooks/{webhook_id}/secret-rotations": "notification.rotate_secret",
    "notification POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliveries": "notification.redeliver",
    "notification POST /webhooks/{webhook_id}/tests": "notification.send_test",
    "auth POST /auth/register": "auth._add",
    "auth POST /auth/login": "auth.begin",
    "auth POST /auth/refresh": "auth._refresh",
    "auth POST /auth/logout": "auth.log_out",
    "auth PATCH /auth/me": "auth.change",
    "auth PATCH /auth/users/{name}": "auth.set_disabled",
    "auth PUT /auth/users/{name}/role": "auth.grant",
    "auth POST /auth/service-accounts": "auth.open_service_account",
    "auth POST /auth/service-accounts/{name}/keys": "auth.make",
    "auth DELETE /auth/service-accounts/{name}/keys/{key}": "auth.revoke",
    "auth POST /auth/keys/rotations": "auth.rotate",
}

#: The use case in which tasks that are neither command nor sweep do their work.
OTHER_TASKS = {
    "booking_svc.rewind_saga": "booking.begin_rewind",
}

UNPLAYED = {
    "every PUT /clock": "the demo's alone, and refused elsewhere: who dies after noting the move has moved nothing",
    "every POST /statements/heard": "it writes nothing: a question that is too long for an address",
}
