using ScalingLab.Store.Records;

namespace ScalingLab.Store.Tests;

public sealed class Nodes
{
    public static Node A { get; } = new("node-a", new ProcessIdentity("machine-a", 100, "noon"), [
        new NodeDevice("cpu", 4),
        new NodeDevice("cuda:1", 8) { Model = "NVIDIA H100 80GB HBM3", Uuid = "GPU-1", MemoryBytes = 85_899_345_920 },
    ]);

    [Theory, OnSqlite, OnPostgres]
    public void A_node_is_seen_with_its_devices_and_its_clock(Place on)
    {
        using var test = new TestLedger(on);
        var joined = test.Time.GetUtcNow();
        Assert.True(test.Ledger.Announce(A, joined.AddSeconds(60), TestLedger.Lease));
        test.Time.Advance(20);
        Assert.True(test.Ledger.Announce(A, test.Time.GetUtcNow().AddSeconds(61), TestLedger.Lease));

        var seen = Assert.Single(test.Ledger.Nodes());
        Assert.Equal((A.Name, A.Host), (seen.Node.Name, seen.Node.Host));
        Assert.Equal(A.Devices, seen.Node.Devices);
        Assert.Equal(["cpu", "cuda"], seen.Node.Devices.Select(d => d.Class));
        Assert.Equal((joined, joined.AddSeconds(20), joined.AddSeconds(80)),
            (seen.Joined, seen.Announced, seen.LeaseUntil));
        Assert.Equal(TimeSpan.FromSeconds(61), seen.ClockAhead);

        test.Ledger.Leave(A);
        Assert.Null(test.Ledger.Nodes()[0].LeaseUntil);
    }

    [Theory, OnSqlite, OnPostgres]
    public void What_a_node_does_not_start_is_seen_with_its_reason_until_it_says_otherwise(Place on)
    {
        using var test = new TestLedger(on);
        var waits = new[] { new NodeWait("s", 3, "this node lacks data"), new NodeWait("t", 1, "the sweep is paused") };
        test.Ledger.Announce(A with { Waits = waits }, test.Time.GetUtcNow(), TestLedger.Lease);
        Assert.Equal(waits, Assert.Single(test.Ledger.Nodes()).Node.Waits);
        test.Ledger.Announce(A, test.Time.GetUtcNow(), TestLedger.Lease);
        Assert.Empty(Assert.Single(test.Ledger.Nodes()).Node.Waits);
    }

    [Theory, OnSqlite, OnPostgres]
    public void A_second_process_gets_a_nodes_name_only_when_the_first_is_gone(Place on)
    {
        using var test = new TestLedger(on);
        var other = A with { Host = new ProcessIdentity("machine-a", 200, "evening") };
        var now = test.Time.GetUtcNow();
        test.Ledger.Announce(A, now, TestLedger.Lease);
        Assert.False(test.Ledger.Announce(other, now, TestLedger.Lease));
        Assert.Equal(A.Host, test.Ledger.Nodes()[0].Node.Host);
        test.Ledger.Leave(other); // not its name
        Assert.NotNull(test.Ledger.Nodes()[0].LeaseUntil);

        Assert.True(test.Ledger.Announce(other, now, TestLedger.Lease, takeOver: true));
        test.Time.Advance(60);
        Assert.True(test.Ledger.Announce(A, now, TestLedger.Lease)); // the other's lease is over
        test.Ledger.Leave(A);
        Assert.True(test.Ledger.Announce(other, now, TestLedger.Lease));
        Assert.Equal(test.Time.GetUtcNow(), test.Ledger.Nodes()[0].Joined);
    }
}
