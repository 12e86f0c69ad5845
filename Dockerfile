# One image for every process of Aerosaga; docker-compose.yml chooses the command.

FROM python:3.11-slim-bookworm AS packages
# The MySQL driver is compiled against MariaDB's headers; compiler and headers stay in this stage.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/venv
COPY requirements/servers.lock /tmp/servers.lock
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/servers.lock

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home aerosaga \
    # A new volume takes the owner of the directory that it is mounted on.
    && install -d -o aerosaga -g aerosaga /data
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    # The root file system is read-only; the compiled files are made here, once.
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY . .
RUN python -m compileall -q .
USER aerosaga
CMD ["python", "-m", "aerosaga.cli", "--help"]
