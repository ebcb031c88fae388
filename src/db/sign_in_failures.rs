//! Table `sign_in_failures`: recent sign-ins that failed, or whose outcome is not known yet.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::schema::sign_in_failures;
use super::{DbConnection, Result};

#[derive(Insertable)]
#[diesel(table_name = sign_in_failures)]
pub struct NewSignInFailure<'a> {
    /// Random bytes.
    pub id: &'a [u8],
    /// The digest of the e-mail address.
    pub account: &'a [u8],
    /// The digest of the IPv4 address, or of the IPv6 /64, that it came from.
    pub address: &'a [u8],
    /// The digest of the IPv6 /56.
    pub net_56: Option<&'a [u8]>,
    /// The digest of the IPv6 /48.
    pub net_48: Option<&'a [u8]>,
    pub at: NaiveDateTime,
}

/// The networks by which failures are counted.
#[derive(Debug, Clone, Copy)]
pub enum Network<'a> {
    /// The digest of an IPv4 address, or of an IPv6 /64.
    Address(&'a [u8]),
    /// The digest of an IPv6 /56.
    Net56(&'a [u8]),
    /// The digest of an IPv6 /48.
    Net48(&'a [u8]),
}

pub fn insert(connection: &mut DbConnection, failure: &NewSignInFailure<'_>) -> Result<()> {
    diesel::insert_into(sign_in_failures::table).values(failure).execute(connection)?;
    Ok(())
}

/// The times of the last `limit` failures from a network, the newest first: for one account, or for
/// all.
pub fn latest(
    connection: &mut DbConnection,
    network: Network<'_>,
    account: Option<&[u8]>,
    since: NaiveDateTime,
    limit: usize,
) -> Result<Vec<NaiveDateTime>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = sign_in_failures::table
        .filter(sign_in_failures::at.gt(since))
        .order(sign_in_failures::at.desc())
        .select(sign_in_failures::at)
        .limit(limit)
        .into_boxed();
    rows = match network {
        Network::Address(digest) => rows.filter(sign_in_failures::address.eq(digest)),
        Network::Net56(digest) => rows.filter(sign_in_failures::net_56.eq(digest)),
        Network::Net48(digest) => rows.filter(sign_in_failures::net_48.eq(digest)),
    };
    if let Some(account) = account {
        rows = rows.filter(sign_in_failures::account.eq(account));
    }
    Ok(rows.load(connection)?)
}

/// Removes the failures of an account from one address.
pub fn delete(connection: &mut DbConnection, account: &[u8], address: &[u8]) -> Result<()> {
    let these = sign_in_failures::table
        .filter(sign_in_failures::account.eq(account))
        .filter(sign_in_failures::address.eq(address));
    diesel::delete(these).execute(connection)?;
    Ok(())
}

/// Removes the failures of an account from all addresses.
pub fn delete_of(connection: &mut DbConnection, account: &[u8]) -> Result<()> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::account.eq(account)))
        .execute(connection)?;
    Ok(())
}

/// Removes the failures before `oldest`.
pub fn delete_until(connection: &mut DbConnection, oldest: NaiveDateTime) -> Result<()> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::at.le(oldest)))
        .execute(connection)?;
    Ok(())
}

/// Whether any failure is dated after `time`.
pub fn is_any_after(connection: &mut DbConnection, time: NaiveDateTime) -> Result<bool> {
    let after = sign_in_failures::table.filter(sign_in_failures::at.gt(time));
    Ok(after.select(sign_in_failures::at).first::<NaiveDateTime>(connection).optional()?.is_some())
}

/// Sets times that are after `time` to `now`.
pub fn pull_back(
    connection: &mut DbConnection,
    time: NaiveDateTime,
    now: NaiveDateTime,
) -> Result<()> {
    diesel::update(sign_in_failures::table.filter(sign_in_failures::at.gt(time)))
        .set(sign_in_failures::at.eq(now))
        .execute(connection)?;
    Ok(())
}
