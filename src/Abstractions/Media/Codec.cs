namespace Tapedeck.Media;

/// <summary>What a track carries. Names are the field's usual short names.</summary>
public enum Codec
{
    /// <summary>Not known to this host; carried on verbatim where the container allows it (FLV, RTMP viewers), refused elsewhere.</summary>
    Unknown = 0,

    /// <summary>H.264, ISO/IEC 14496-10. Samples hold length-prefixed NAL units; configuration is an AVCDecoderConfigurationRecord (avcC).</summary>
    H264 = 1,

    /// <summary>H.265, ISO/IEC 23008-2. Samples hold length-prefixed NAL units; configuration is an HEVCDecoderConfigurationRecord (hvcC).</summary>
    Hevc = 2,

    /// <summary>AV1. A sample is one temporal unit without temporal delimiters; configuration is an av1C record.</summary>
    Av1 = 3,

    /// <summary>VP8 (RFC 6386).</summary>
    Vp8 = 4,

    /// <summary>VP9. Configuration is a VPCodecConfigurationRecord (vpcC body without the full box header), may be empty.</summary>
    Vp9 = 5,

    /// <summary>H.266, ISO/IEC 23090-3.</summary>
    Vvc = 6,

    /// <summary>AAC, ISO/IEC 14496-3. A sample is one raw_data_block; configuration is an AudioSpecificConfig.</summary>
    Aac = 32,

    /// <summary>Opus (RFC 6716). Configuration is an OpusHead (RFC 7845, little endian), may be empty.</summary>
    Opus = 33,

    /// <summary>MPEG-1/2 layer III; no configuration.</summary>
    Mp3 = 34,

    /// <summary>FLAC. Configuration is the 34-byte STREAMINFO block body.</summary>
    Flac = 35,

    /// <summary>AC-3 (ETSI TS 102 366); no configuration: each sync frame describes itself.</summary>
    Ac3 = 36,

    /// <summary>E-AC-3 (ETSI TS 102 366); no configuration.</summary>
    Eac3 = 37,

    /// <summary>G.711 A-law, 8 bits a sample.</summary>
    G711A = 38,

    /// <summary>G.711 mu-law, 8 bits a sample.</summary>
    G711U = 39,

    /// <summary>Vorbis. Configuration is the three headers in Xiph lacing.</summary>
    Vorbis = 40,

    /// <summary>Speex as FLV carries it (16 kHz mono).</summary>
    Speex = 41,

    /// <summary>AMF0 script data: a name string, then values (onMetaData, onCuePoint, onTextData).</summary>
    ScriptData = 64,
}
