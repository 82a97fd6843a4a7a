using System.Security.Cryptography;
using System.Text;
using ScalingLab.Runs;

namespace ScalingLab.Store.Records;

/// <summary>
/// What two runs have to share to need the same memory and go at the same speed on one device: shape, batch, precision,
/// optimizer, the shape of a teacher; not seed, text, length or learning rate.
/// </summary>
public static class WorkloadKey
{
    /// <summary>The name of the kin that a run belongs to: 16 hexadecimal digits.</summary>
    public static string For(RunSpec spec)
    {
        var canonical =
            RunJson.Serialize(
                new
                {
                    spec.Shape, spec.Recipe.BatchSequences, spec.Recipe.Precision, spec.Recipe.Optimizer,
                    Teacher = spec.DistilledFrom?.Shape,
                });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))[..16];
    }
}
