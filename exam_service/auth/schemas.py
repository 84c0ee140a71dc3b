"""What the forms of signing in and administration send; the services check the values and say what is wrong."""

from uuid import UUID

from pydantic import BaseModel, Field

from exam_service.actor import Role, Scope


class SignInForm(BaseModel):
    username: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=1000)
    next: str = Field(default="/", max_length=2000)
    csrf_token: str = ""


class PasswordForm(BaseModel):
    current_password: str = Field(default="", max_length=1000)
    new_password: str = Field(default="", max_length=1000)
    repeated_password: str = Field(default="", max_length=1000)


class AccountForm(BaseModel):
    username: str = Field(default="", max_length=200)
    display_name: str = Field(default="", max_length=500)
    roles: list[Role] = []
    bank_position_ids: list[UUID] = []


class ActiveForm(BaseModel):
    is_active: bool


class ClientForm(BaseModel):
    name: str = Field(default="", max_length=500)
    scopes: list[Scope] = []
