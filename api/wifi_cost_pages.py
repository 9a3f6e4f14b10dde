"""What the rollout costs, by fiscal year, on screen."""

from fastapi import APIRouter

pages = APIRouter(include_in_schema=False)
