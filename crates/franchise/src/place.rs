//! Where a command finds a platform's data: in the folder of an embedded one or the databases of a distributed one.

use std::fmt::{Display, Formatter};

use crate::Failure;
use crate::cli::Place;
use crate::data_folder::DataFolder;
use crate::databases::Databases;

impl Place {
    /// Opens the databases, making those of an embedded platform as needed.
    ///
    /// # Errors
    /// When the folder or a database cannot be used.
    pub(crate) async fn databases(&self) -> Result<Databases, Failure> {
        if let Some(url) = &self.databases {
            return Ok(Databases::open_each(url).await?);
        }
        let data = DataFolder::create(&self.data)?;
        Ok(Databases::open(|service| data.database_url(service)).await?)
    }
}

/// As a message names it: a URL may hold a password.
impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self.databases {
            Some(_) => formatter.write_str("the databases"),
            None => self.data.display().fmt(formatter),
        }
    }
}
