//! `/api/v1/users`: people.

use super::access::Caller;
use super::query;
use crate::error::Problem;
use crate::serve::Site;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vireo_domain::{Language, User, UserId};

/// A person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct Shown {
    /// Their name in the log.
    #[schema(value_type = String)]
    id: UserId,
    /// What to call them.
    name: Option<String>,
    /// The language that reasons are given in.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// Anything else that is known, as labels.
    labels: Vec<String>,
    /// Whether this is no person but a simulated viewer.
    simulated: bool,
}

impl From<User> for Shown {
    fn from(user: User) -> Self {
        let User { id, name, language, labels, simulated } = user;
        Self { id, name, language, labels, simulated }
    }
}

/// A page of people, in order of id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Users)]
pub(crate) struct People {
    /// The people.
    users: Vec<Shown>,
    /// Cursor of the next page; null at the end.
    next: Option<String>,
    /// Number of all people.
    total: u64,
}

/// Everybody, page by page.
#[utoipa::path(get, path = "/users", operation_id = "list_users", tag = "users", params(query::Paging),
    responses((status = OK, body = People), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn list(
    State(site): State<Site>,
    caller: Caller,
    Query(paging): Query<query::Paging>,
) -> Result<Json<People>, Problem> {
    caller.admin()?;
    let (after, limit) = paging.read::<UserId>()?;
    let store = &site.app.store;
    let mut found = store.users(after.as_ref(), limit).await?;
    let next = paging.cut(&mut found, |user| user.id.to_string());
    let total = store.user_count().await?;
    Ok(Json(People { users: found.into_iter().map(Shown::from).collect(), next, total }))
}

/// One person.
#[utoipa::path(get, path = "/users/{user}", operation_id = "get_user", tag = "users",
    params(("user" = String, Path, description = "Id of the person")),
    responses((status = OK, body = Shown), (status = NOT_FOUND, body = Problem),
        (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn get(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<UserId>,
) -> Result<Json<Shown>, Problem> {
    caller.acts_for(&id)?;
    let user = site.app.user(&id).await?;
    let user = user.ok_or_else(|| Problem::not_found(format!("nothing is known of user {id}")))?;
    Ok(Json(Shown::from(user)))
}

/// What is known of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// What to call them.
    #[serde(default)]
    name: Option<String>,
    /// Tag of the language that reasons are given in.
    #[serde(default)]
    language: Option<String>,
    /// Anything else that is known, as labels.
    #[serde(default)]
    labels: Vec<String>,
    /// Whether this is no person but a simulated viewer.
    #[serde(default)]
    simulated: bool,
}

/// Adds a person or changes what is known of one. Nobody has to be added
/// before their feedback is.
#[utoipa::path(put, path = "/users/{user}", operation_id = "put_user", tag = "users", request_body = Person,
    params(("user" = String, Path, description = "Id of the person")),
    responses((status = OK, body = Shown), (status = CREATED, body = Shown),
        (status = BAD_REQUEST, body = Problem), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn put(
    State(site): State<Site>,
    caller: Caller,
    Path(id): Path<UserId>,
    Json(person): Json<Person>,
) -> Result<(StatusCode, Json<Shown>), Problem> {
    caller.admin()?;
    let Person { name, language, labels, simulated } = person;
    let language = query::language(language.as_deref())?;
    let user = User { id, name, language, labels, simulated };
    let new = site.app.store.put_users(std::slice::from_ref(&user)).await?;
    let status = if new > 0 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Shown::from(user))))
}
