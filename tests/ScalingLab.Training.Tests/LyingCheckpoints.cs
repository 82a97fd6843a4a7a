using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Torch;
using ScalingLab.Training.Checkpoints;
using ScalingLab.Training.Steps;

namespace ScalingLab.Training.Tests;

/// <summary>
/// Files whose checksum fits and whose content is a lie: passed over for the one before, with the reason, and the
/// tensors untouched.
/// </summary>
public sealed class LyingCheckpoints : IDisposable
{
    private const string Honest =
        """{"run":"run","step":2,"trainSeconds":1,"wallSeconds":2,"lossSum":3,"lossCount":2,"points":[]}""";

    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void What_is_true_is_loaded()
    {
        Write(Honest, [5, 6, 7]);
        Assert.Equal((2, null), Load());
    }

    [Theory]
    [InlineData(1L << 40)]
    [InlineData(1L << 31)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(-1L)]
    [InlineData(100_000L)]
    public void A_header_longer_than_the_file_is_not_believed(long says)
    {
        Write(Honest, [5, 6, 7], says);
        PassedOver("its header says that it is");
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(2L)]
    [InlineData(10L)]
    public void A_header_that_is_cut_is_not_believed(long says)
    {
        Write(Honest, [5, 6, 7], says);
        PassedOver("its tensors have");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Tensors_of_another_length_are_not_taken(int values)
    {
        Write(Honest, [.. Enumerable.Repeat(5f, values)]);
        PassedOver("those of this model 12");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_state_that_is_not_finite_is_not_taken(float value)
    {
        Write(Honest, [5, 6, value]);
        PassedOver("not finite");
    }

    [Theory]
    [InlineData("\0\0\0\0", "no JSON")]
    [InlineData("", "no JSON")]
    [InlineData("null", "no JSON")]
    [InlineData("[[[[", "no JSON")]
    [InlineData("""{"run":"run"}""", "no JSON")]
    [InlineData("""{"run":"run","step":2,"more":1}""", "no JSON")]
    [InlineData("\"step\":2|\"step\":1e99", "no JSON")]
    [InlineData("\"run\":\"run\"|\"run\":null", "no JSON")]
    [InlineData("\"run\":\"run\"|\"run\":\"\\ud800\"", "no JSON")]
    [InlineData("\"points\":[]|\"points\":null", "no JSON")]
    [InlineData("\"run\":\"run\"|\"run\":\"other\"", "another run's")]
    [InlineData("\"step\":2|\"step\":-2", "says step -2")]
    [InlineData("\"step\":2|\"step\":9223372036854775807", "says step 9223372036854775807")]
    [InlineData("\"trainSeconds\":1|\"trainSeconds\":-1", "negative time")]
    [InlineData("\"wallSeconds\":2|\"wallSeconds\":1e999", "not finite")]
    [InlineData("\"lossSum\":3|\"lossSum\":-1e999", "not finite")]
    [InlineData("\"lossCount\":2|\"lossCount\":-1", "-1 losses")]
    [InlineData("\"lossCount\":2|\"lossCount\":7", "7 losses")]
    [InlineData("\"points\":[]|\"points\":[null]", "out of order")]
    [InlineData("\"points\":[]|\"points\":[{\"step\":3,\"tokens\":1}]", "out of order")]
    [InlineData("\"points\":[]|\"points\":[{\"step\":1,\"tokens\":-1}]", "out of order")]
    [InlineData("\"points\":[]|\"points\":[{\"step\":1,\"tokens\":1},{\"step\":1,\"tokens\":1}]", "out of order")]
    [InlineData("\"points\":[]|\"points\":[{\"step\":1,\"tokens\":1,\"lossTrain\":1e999}]", "not finite")]
    [InlineData("\"points\":[]|\"points\":[],\"trunkSteps\":3", "3 steps of a trunk")]
    [InlineData("\"points\":[]|\"points\":[],\"telemetry\":{}", "no JSON")]
    [InlineData(
        "\"points\":[]|\"points\":[],\"telemetry\":{\"now\":{\"tokens\":-1,\"trainSeconds\":0,\"meterSeconds\":0},"
        + "\"atPoint\":{\"tokens\":0,\"trainSeconds\":0,\"meterSeconds\":0}}", "negative sum")]
    public void A_header_that_says_what_cannot_be_is_not_believed(string change, string reason)
    {
        var parts = change.Split('|');
        Write(parts.Length == 2 ? Honest.Replace(parts[0], parts[1], StringComparison.Ordinal) : change, [5, 6, 7]);
        PassedOver(reason);
    }

    [Fact]
    public void A_nested_header_is_read_no_deeper_than_JSON_may_be()
    {
        Write(new string('[', 1_000_000), [5, 6, 7]);
        PassedOver("no JSON");
    }

    [Fact]
    public void A_pipe_or_device_under_a_checkpoints_name_is_not_opened()
    {
        new CheckpointFolder(folder.Path).Save(At(1), [full([3], 1f)]);
        File.CreateSymbolicLink(folder["step-2.ckpt"], "/dev/zero");
        File.CreateSymbolicLink(folder["step-3.ckpt"], folder["nowhere"]);
        Programs.Run("mkfifo", folder["step-4.ckpt"]);
        var checkpoints = new CheckpointFolder(folder.Path);
        Assert.Equal(1, checkpoints.Load("run", [zeros(3)])!.Step);
        Assert.Equal(3, checkpoints.Rejected.Count);
    }

    [Fact]
    public void One_that_was_passed_over_takes_no_place_of_those_that_are_kept()
    {
        Write(Honest, [5]);
        Write(Honest, [5], name: "step-9.ckpt");
        new CheckpointFolder(folder.Path).Save(At(1), [full([3], 1f)]);
        Assert.Equal(1, new CheckpointFolder(folder.Path).Load("run", [zeros(3)])!.Step);
    }

    [Fact]
    public void The_first_tensors_are_read_alone_where_that_is_asked_and_no_more_than_there_are()
    {
        Write(Honest, [5, 6, 7]);
        var weights = zeros(2);
        Assert.Equal(2, new CheckpointFolder(folder.Path).Load("run", [weights], partly: true)!.Step);
        Assert.True(weights.HasBitsOf(tensor(new float[] { 5, 6 })));
        Assert.Null(new CheckpointFolder(folder.Path).Load("run", [zeros(4)], partly: true));
    }

    [Fact]
    public void A_scaler_goes_on_from_no_scale_that_it_cannot_have_come_to()
    {
        var scaler = new LossScaler();
        scaler.Resume([-8, 1e30f]);
        Assert.Equal((1, LossScaler.Interval - 1), (scaler.Scale, scaler.GoodSteps));
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    private static TrainingProgress At(long step) =>
        new("run", step, 1, 2, 0, 0, [new MetricPoint(step, step * 10, LossTrain: 2.5)]);

    /// <summary>Asserts that the file of step 2 is passed over for that reason, for the honest one of step 1.</summary>
    private void PassedOver(string reason)
    {
        Assert.Contains(reason, Load().Reason ?? "nothing", StringComparison.Ordinal);
        new CheckpointFolder(folder.Path).Save(At(1), [full([3], 1f)]);
        Assert.Equal(1, Load().Step);
    }

    private (long? Step, string? Reason) Load()
    {
        var (checkpoints, weights) = (new CheckpointFolder(folder.Path), zeros(3));
        var progress = checkpoints.Load("run", [weights]);
        if (progress is null) Assert.True(weights.HasBitsOf(zeros(3)));
        return (progress?.Step, checkpoints.Rejected is [var only] ? only : null);
    }

    private void Write(string header, float[] values, long? says = null, string name = "step-2.ckpt")
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, says ?? text.Length);
        byte[] bytes = [.. "SLCKPT01"u8, .. length, .. text, .. values.SelectMany(BitConverter.GetBytes)];
        File.WriteAllBytes(folder[name], [.. bytes, .. SHA256.HashData(bytes)]);
    }
}
