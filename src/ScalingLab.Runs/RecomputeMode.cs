namespace ScalingLab.Runs;

/// <summary>
/// What of a forward pass is thrown away and recomputed in the backward pass: less memory for more work, the same
/// numbers.
/// </summary>
public enum RecomputeMode
{
    /// <summary>Nothing: all that the backward pass needs is kept.</summary>
    None,

    /// <summary>
    /// The attention half of each block, norm and projections included; the MLP half is kept. (Korthikanti et al. 2022,
    /// arXiv 2205.05198, section 5, recompute the scores alone; the attention used here never keeps those.)
    /// </summary>
    Attention,

    /// <summary>Each block but its input (Chen et al. 2016, arXiv 1604.06174, with a segment a block).</summary>
    Block,
}
