using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;

/// <summary>
/// Copies a shared library and lets the copy load where the C++ library lacks one version of its symbols, by marking
/// that version's need as weak. The loader then passes over it where it is not met, and meets it as before where it is.
/// Refused where the library uses what the version has: a relocation to one of its symbols. (Layout of ELF files:
/// System V ABI, and LSB 5.0, "Symbol Versioning".)
/// </summary>
public sealed class OldLibstdc : Microsoft.Build.Utilities.Task
{
    private const uint Relocations = 4; // SHT_RELA
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const uint SymbolVersions = 0x6fffffff; // SHT_GNU_versym
    private const byte Weak = 2; // VER_FLG_WEAK
    private const int RelocationBytes = 24;

    private byte[] _elf = new byte[0];

    /// <summary>The library of the package, which stays as it is.</summary>
    [Required]
    public string From { get; set; } = "";

    /// <summary>Where the copy goes.</summary>
    [Required]
    public string To { get; set; } = "";

    /// <summary>The version that older systems lack, e.g. GLIBCXX_3.4.32.</summary>
    [Required]
    public string Version { get; set; } = "";

    public override bool Execute()
    {
        _elf = File.ReadAllBytes(From);
        if (_elf.Length < 64 || _elf[0] != 0x7F || _elf[1] != 'E' || _elf[4] != 2 || _elf[5] != 1)
            return Refuse("is no 64-bit little-endian ELF file");
        var needs = Needs().ToList();
        if (Uses(needs.Select(need => need.Index)))
            return Refuse("uses a symbol of " + Version + ": it cannot run with an older libstdc++; take an older "
                + "release of the package");
        foreach (var need in needs) _elf[need.Flags] |= Weak;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(To))!);
        File.WriteAllBytes(To, _elf);
        return true;
    }

    private bool Refuse(string why)
    {
        Log.LogError(From + " " + why);
        return false;
    }

    /// <summary>
    /// Where the flags of each need of the version stand, and the index by which symbols refer to it.
    /// </summary>
    private IEnumerable<(long Flags, int Index)> Needs()
    {
        foreach (var section in Sections(VersionNeeds))
        {
            var names = Long(Header(Int(section + 40)) + 24); // the strings that the section's link names
            var file = Long(section + 24);
            for (var files = Int(section + 44); files > 0; files--, file += Int(file + 12))
            {
                var need = file + Int(file + 8);
                for (var count = Short(file + 2); count > 0; count--, need += Int(need + 12))
                {
                    if (Text(names + Int(need + 8)) == Version) yield return (need + 4, Short(need + 6));
                }
            }
        }
    }

    /// <summary>Whether a relocation refers to a symbol of one of those versions.</summary>
    private bool Uses(IEnumerable<int> versions)
    {
        var wanted = new HashSet<int>(versions);
        var symbols = new HashSet<long>();
        foreach (var section in Sections(SymbolVersions))
        {
            for (long i = 0; i < Long(section + 32) / 2; i++)
            {
                if (wanted.Contains(Short(Long(section + 24) + (2 * i)) & 0x7fff)) symbols.Add(i);
            }
        }

        return Sections(Relocations).Any(section =>
        {
            var (start, bytes) = (Long(section + 24), Long(section + 32));
            for (var at = start; at < start + bytes; at += RelocationBytes)
            {
                if (symbols.Contains(Int(at + 12))) return true;
            }

            return false;
        });
    }

    private IEnumerable<long> Sections(uint kind) =>
        Enumerable.Range(0, Short(0x3C)).Select(i => Header(i)).Where(header => Int(header + 4) == kind);

    private long Header(long section) => Long(0x28) + (section * Short(0x3A));

    private string Text(long at) =>
        Encoding.ASCII.GetString(_elf, (int)at, Array.IndexOf(_elf, (byte)0, (int)at) - (int)at);

    private int Short(long at) => BitConverter.ToUInt16(_elf, (int)at);

    private long Int(long at) => BitConverter.ToUInt32(_elf, (int)at);

    private long Long(long at) => BitConverter.ToInt64(_elf, (int)at);
}
