"""Contracts over JSON."""

from typing import Annotated

from fastapi import Path, Query, Response

from api.json_doors import Pages, etag, json_router
from api.problems import problems
from api.transactions import ActMaybeOnce, Look, SeenRevision
from api.visitors import IT, READERS
from inventory.contract_lists import ContractCard, ContractList, contract_card, list_contracts
from inventory.contracts import ContractChange, NewContract, change_contract, create_contract

json = json_router("contracts")
Contract = Annotated[str, Path(alias="contract", max_length=60)]


@json.get("/api/contracts", dependencies=[READERS])
async def contracts(
    look: Look,
    pages: Pages,
    fiscal_year: Annotated[int | None, Query(ge=1989, le=2998)] = None,
    venue: Annotated[str | None, Query(max_length=60, description="The code of a venue that they cover.")] = None,
) -> ContractList:
    return await look.read(list_contracts, fiscal_year=fiscal_year, venue=venue or None, **pages.arguments)


@json.post("/api/contracts", status_code=201, dependencies=[IT])
async def add_contract(order: NewContract, act: ActMaybeOnce, response: Response) -> ContractCard:
    card = await act(create_contract, order, status=201)
    etag(response, card.revision)
    return card


@json.get("/api/contracts/{contract}", dependencies=[READERS], responses=problems("not-found"))
async def one_contract(contract: Contract, look: Look, response: Response) -> ContractCard:
    card = await look.read(contract_card, contract)
    etag(response, card.revision)
    return card


@json.patch(
    "/api/contracts/{contract}", dependencies=[IT], responses=problems("not-found", "stale", "missing-if-match")
)
async def edit_contract(
    contract: Contract, change: ContractChange, revision: SeenRevision, act: ActMaybeOnce, response: Response
) -> ContractCard:
    card = await act(change_contract, change, contract=contract, revision=revision)
    etag(response, card.revision)
    return card
