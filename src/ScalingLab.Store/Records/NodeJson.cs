using System.Text.Json;
using System.Text.Json.Serialization;
using ScalingLab.Runs;

namespace ScalingLab.Store.Records;

/// <summary>
/// A node's devices and waits in the dialect of <see cref="Runs.RunJson"/>, by code that is there when the program is
/// built: `lab status` would spend a third of its time on making it anew.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(IReadOnlyList<NodeDevice>))]
[JsonSerializable(typeof(IReadOnlyList<NodeWait>))]
internal sealed partial class NodeJson : JsonSerializerContext
{
    public static string Serialize(IReadOnlyList<NodeDevice> devices) =>
        JsonSerializer.Serialize(devices, Default.IReadOnlyListNodeDevice);

    public static string Serialize(IReadOnlyList<NodeWait> waits) =>
        JsonSerializer.Serialize(waits, Default.IReadOnlyListNodeWait);

    /// <exception cref="JsonException">The text is no list of devices.</exception>
    public static IReadOnlyList<NodeDevice> Devices(string json) =>
        JsonSerializer.Deserialize(json, Default.IReadOnlyListNodeDevice) ?? throw new JsonException("no devices");

    /// <exception cref="JsonException">The text is no list of waits.</exception>
    public static IReadOnlyList<NodeWait> Waits(string json) =>
        JsonSerializer.Deserialize(json, Default.IReadOnlyListNodeWait) ?? throw new JsonException("no waits");
}
