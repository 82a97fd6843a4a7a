using ScalingLab.Runs;
using ScalingLab.Store.Storage;

namespace ScalingLab.Store.Tests;

public sealed class LedgerPlaces
{
    [Theory]
    [InlineData("postgres://me:secret@db:5433/lab?sslmode=verify-full", "postgres://me@db:5433/lab")]
    [InlineData("postgresql://me:p%40ss%2Fsecret@db/lab?connect_timeout=3&search_path=mine",
        "postgres://me@db:5432/lab?search_path=mine")]
    [InlineData("postgres:///lab?host=/run/postgresql&user=me&password=secret",
        "postgres://me@/run/postgresql:5432/lab")]
    [InlineData("Host=db;Username=me;Password=secret;Database=lab", "postgres://me@db:5432/lab")]
    public void A_database_is_shown_without_its_password(string place, string shown)
    {
        Assert.True(LedgerLocation.IsPostgres(place));
        Assert.Equal(shown, LedgerLocation.Redacted(place));
    }

    [Theory]
    [InlineData(".lab/ledger.db")]
    [InlineData("/a=b/ledger.db")]
    [InlineData("Database=x.db")]
    public void Anything_else_is_a_file(string place)
    {
        Assert.False(LedgerLocation.IsPostgres(place));
        Assert.Equal(Path.GetFullPath(place), LedgerLocation.Redacted(place));
    }

    [Theory]
    [InlineData("postgres://me:secret@db:port/lab", "ledger")]
    [InlineData("postgres://me:secret@db", "ledger")]
    [InlineData("postgres:///lab", "ledger")]
    [InlineData("postgres://db/lab?colour=secret", "ledger (colour)")]
    [InlineData("postgres://db/lab?timeout=secret", "ledger (timeout)")]
    [InlineData("Host=db;Colour=secret", "ledger")]
    public void What_cannot_be_understood_is_refused_with_its_place_and_no_value_is_repeated(string place, string where)
    {
        var refused = Assert.Throws<InputException>(() => Ledger.Open(place));
        Assert.Equal(where, Assert.Single(refused.Problems).Place);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }
}
